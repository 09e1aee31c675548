import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { verify } from './webhooks.js';

const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
const paid = {
  type: 'order.paid',
  timestamp: '2026-09-30T02:17:33.000Z',
  data: { order_id: '281604172903043073', total_fee: 5_990 },
};

/** A body, and the headers of a sender who has this secret. */
function sent(message: unknown, at = new Date(), key = secret) {
  const body = JSON.stringify(message);
  const headers = {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(key).sign('msg_1', at, body),
  };
  return { body, headers };
}

describe('webhooks.verify', () => {
  it('gives the message, from text or bytes, with the headers of Node or of fetch', () => {
    const { body, headers } = sent(paid);
    assert.deepEqual(verify(body, headers, secret), paid);
    assert.deepEqual(verify(Buffer.from(body), new Headers(headers), secret), paid);
  });

  it('knows each message by its type', () => {
    const { body, headers } = sent(paid);
    const message = verify(body, headers, secret);
    if (message.type !== 'order.paid') throw new Error('it is another one');
    assert.equal(message.data.total_fee, 5_990);
    // @ts-expect-error A message of this type has no such member.
    assert.equal(message.data.out_refund_no, undefined);
  });

  it('lets a type through that it does not know, and says nothing of its data', () => {
    const { body, headers } = sent({ ...paid, type: 'payment.blessed' });
    const message = verify(body, headers, secret);
    assert.equal(String(message.type), 'payment.blessed');
    // @ts-expect-error Nobody knows what is in it.
    assert.equal(message.data.total_fee, 5_990);
  });

  it('refuses what is forged, changed, unsigned or old', () => {
    const { body, headers } = sent(paid);
    const old = new Date(Date.now() - 6 * 60_000);
    const other = `whsec_${Buffer.alloc(24, 8).toString('base64')}`;
    const { 'webhook-signature': _, ...unsigned } = headers;
    const later = {
      ...headers,
      'webhook-timestamp': `${Number(headers['webhook-timestamp']) + 1}`,
    };
    for (const [text, told] of [
      [body.replace('5990', '1'), headers],
      [body, unsigned],
      [body, later],
      [body, sent(paid, old).headers],
      [body, sent(paid, new Date(), other).headers],
    ] as const) {
      assert.throws(() => verify(text, told, secret), { name: 'WebhookVerificationError' });
    }
  });

  it('says that it is the secret that is wrong, without showing it', () => {
    const { body, headers } = sent(paid);
    for (const wrong of ['abc', '', 'whsec_', `${secret} ${secret}`, undefined]) {
      const verified = () => verify(body, headers, wrong as string);
      assert.throws(verified, ({ message }) => {
        assert.match(message, /^The secret .* SHOP_WEBHOOK_SECRET/);
        assert.ok(!wrong || !message.includes(` ${wrong} `));
        return true;
      });
    }
  });
});
