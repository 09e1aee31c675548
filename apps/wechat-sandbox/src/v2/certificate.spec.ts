import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Agent, request } from 'undici';
import { anOrder, aSandbox, signedCall } from '../spec-kit';

const pem = (name: string) =>
  readFileSync(path.join(process.cwd(), 'test/vectors/certificates', name), 'utf8');

/** A client that trusts the sandbox, with a certificate of its own or without. */
function aClient(t: Parameters<typeof aSandbox>[0], own: { cert?: string; key?: string } = {}) {
  const dispatcher = new Agent({ connect: { ca: pem('ca.pem'), ...own } });
  t.after(() => dispatcher.destroy());
  return async (url: string, body: string) => {
    const response = await request(url, { method: 'POST', body, dispatcher });
    return { status: response.statusCode, text: await response.body.text() };
  };
}

const refund = signedCall({
  out_trade_no: 'T20260930-0001',
  out_refund_no: 'R-1',
  total_fee: '101',
  refund_fee: '1',
});

test('with a CA, only a refund needs a certificate that it signed', async (t) => {
  const tls = { cert: pem('host.pem'), key: pem('host.key'), clientCa: pem('ca.pem') };
  const kit = await aSandbox(t, { tls });
  assert.match(kit.url, /^https:/);
  const url = kit.url.replace('127.0.0.1', 'localhost');

  const nobody = aClient(t);
  const order = await nobody(`${url}/pay/unifiedorder`, signedCall(anOrder()));
  assert.match(order.text, /code_url/);
  const refused = await nobody(`${url}/secapi/pay/refund`, refund);
  assert.equal(refused.status, 400);
  assert.match(refused.text, /No required SSL certificate was sent/);

  const merchant = aClient(t, { cert: pem('merchant.pem'), key: pem('merchant.key') });
  const heard = await merchant(`${url}/secapi/pay/refund`, refund);
  assert.equal(heard.status, 200);
  assert.match(heard.text, /ORDERNOTEXIST/);
});

test('without a CA nobody is asked for one, with TLS neither', async (t) => {
  const kit = await aSandbox(t, { tls: { cert: pem('host.pem'), key: pem('host.key') } });
  const url = kit.url.replace('127.0.0.1', 'localhost');
  const heard = await aClient(t)(`${url}/secapi/pay/refund`, refund);
  assert.match(heard.text, /ORDERNOTEXIST/);
});
