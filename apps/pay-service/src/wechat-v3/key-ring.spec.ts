import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { test } from 'node:test';
import { createLog } from '@saoma/platform/log';
import { MetricsServer } from '@saoma/platform/metrics/server';
import { measured } from '../../../../test/support/metrics';
import { until } from '../../../../test/support/until';
import { payMetrics } from '../metrics';
import { fetchPauseMs } from './key-ring';
import {
  type Answer,
  aChannel,
  answer,
  lowered,
  merchantKeys,
  no,
  nowMs,
  signedHeaders,
  vector,
  vectors,
} from './v3-spec-kit';

const target = '/v3/certificates';
const body = Buffer.from('{}');
const byPublicKey = signedHeaders(body);
const byFirst = signedHeaders(body, { by: 'platform1' });
const bySecond = signedHeaders(body, { by: 'platform2' });
const onlyCertificates = { publicKey: undefined };

/** An answer of the vectors, signed anew so that any clock will do. */
function list(name: string, by: 'platform1' | 'platform2' | 'wxpub' = 'platform1', atMs = nowMs) {
  const { body: text } = vector(vectors.answers, name);
  return { status: 200, body: text, headers: signedHeaders(text, { by, atMs }) };
}
const one = list('certificates-200');
const two = list('certificates-200-rotation');

type Options = Parameters<typeof aChannel>[1];

async function aRing(t: Parameters<typeof aChannel>[0], answers: Answer[], options?: Options) {
  const made = await aChannel(t, { wechat: { [target]: answers }, ...options });
  const ring = made.connection.keys;
  const whyNot = async (headers: Record<string, string>) =>
    (await ring.refusalOf(headers, body)) ?? 'believed';
  return { ...made, ring, whyNot };
}

test('with a public key certificates are not asked for', async (t) => {
  const { ring, whyNot, requests } = await aRing(t, [one]);
  ring.start();
  assert.equal(await whyNot(byPublicKey), 'believed');
  const strange = { ...byPublicKey, 'wechatpay-serial': 'PUB_KEY_ID_2' };
  assert.notEqual(await whyNot(strange), 'believed');
  assert.equal(requests.length, 0);
});

test('while WeChat changes to the public key, both kinds are believed', async (t) => {
  const { whyNot, requests } = await aRing(t, [list('certificates-200', 'wxpub')]);
  assert.equal(await whyNot(byFirst), 'believed');
  assert.equal(await whyNot(byPublicKey), 'believed');
  assert.equal(requests.length, 1);
  assert.equal(requests[0]?.headers['wechatpay-serial'], merchantKeys.publicKey?.id);
});

test('a merchant with a public key only hears that there are no certificates', async (t) => {
  for (const none of [no(404, 'RESOURCE_NOT_EXISTS'), no(500, 'SYSTEM_ERROR')]) {
    const { whyNot, requests } = await aRing(t, [none]);
    const refusal = await whyNot(byFirst);
    assert.ok(refusal !== 'believed' && !refusal.undecided);
    assert.equal(await whyNot(byPublicKey), 'believed');
    assert.equal(requests.length, 1);
  }
});

test('without a public key the certificates are there from the start', async (t) => {
  const { ring, whyNot, requests } = await aRing(t, [one], { keys: onlyCertificates });
  ring.start();
  await until('the certificates are asked for', () => requests.length === 1);
  assert.equal(await whyNot(byFirst), 'believed');
  assert.equal(requests.length, 1);
  assert.equal(requests[0]?.headers['wechatpay-serial'], undefined);
  assert.notEqual(await whyNot(byPublicKey), 'believed');
});

test('an unknown certificate is asked for once, and no more than once a minute', async (t) => {
  const { whyNot, requests, clock } = await aRing(t, [one, one, two], { keys: onlyCertificates });
  const [first, second] = await Promise.all([whyNot(byFirst), whyNot(byFirst)]);
  assert.deepEqual([first, second, requests.length], ['believed', 'believed', 1]);
  assert.notEqual(await whyNot(bySecond), 'believed');
  assert.equal(requests.length, 1, 'not within the minute');
  clock.ms += fetchPauseMs;
  assert.notEqual(await whyNot(bySecond), 'believed');
  clock.ms += fetchPauseMs;
  assert.equal(await whyNot(bySecond), 'believed');
  assert.equal(requests.length, 3);
});

test('when the certificates cannot be had nothing is decided, and it heals itself', async (t) => {
  const failures = [no(500, 'SYSTEM_ERROR'), { ...one, headers: {} }, one];
  const { whyNot, clock } = await aRing(t, failures, { keys: onlyCertificates });
  for (const _failure of [1, 2]) {
    const refusal = await whyNot(byFirst);
    assert.ok(refusal !== 'believed' && refusal.undecided);
    clock.ms += fetchPauseMs;
  }
  assert.equal(await whyNot(byFirst), 'believed');
});

test('each fetch is counted by how it ended, as any other call to WeChat', async (t) => {
  const config = { METRICS_PORT: 0, METRICS_HOST: '127.0.0.1' };
  const log = createLog('spec', 'silent');
  const server = await MetricsServer.start(config, [payMetrics.wechatCalls], log);
  t.after(() => server?.close());
  const answers = [one, no(404, 'RESOURCE_NOT_EXISTS'), { ...one, headers: {} }];
  for (const last of answers) {
    const { whyNot } = await aRing(t, [last]);
    await whyNot(byFirst);
  }
  const all = await measured(`http://127.0.0.1:${server?.port}/metrics`);
  const counted = ['success', 'no', 'unknown'].map((outcome) => {
    const labels = `method="certificates",dialect="v3",outcome="${outcome}"`;
    return all.get(`saoma_wechat_call_seconds_count{${labels}}`);
  });
  assert.deepEqual(counted, [1, 1, 1]);
});

test('a list of certificates that WeChat has not signed changes nothing', async (t) => {
  const forged = { ...two, headers: signedHeaders(two.body, { by: 'merchant' }) };
  const changed = { ...two, body: two.body.replace('"data"', ' "data"') };
  const stale = list('certificates-200-rotation', 'platform1', nowMs - 301_000);
  for (const bad of [forged, changed, stale, { ...two, body: '{}' }]) {
    const { whyNot, clock } = await aRing(t, [one, bad], { keys: onlyCertificates });
    assert.equal(await whyNot(byFirst), 'believed');
    clock.ms += fetchPauseMs;
    assert.notEqual(await whyNot(bySecond), 'believed');
    assert.equal(await whyNot(byFirst), 'believed', 'the old one stays');
  }
});

test('with another APIv3 key the log says which variable is wrong', async (t) => {
  const keys = { ...onlyCertificates, apiV3Key: createSecretKey(Buffer.alloc(32, 7)) };
  const { whyNot, lines } = await aRing(t, [one], { keys });
  assert.notEqual(await whyNot(byFirst), 'believed');
  assert.match(lines.join(''), /WECHAT_V3_KEY/);
});

test('a certificate that has ended is not believed any more', async (t) => {
  const { whyNot, clock } = await aRing(t, [one], { keys: onlyCertificates });
  assert.equal(await whyNot(byFirst), 'believed');
  clock.ms = Date.parse('2032-01-01T00:00:00Z');
  const late = signedHeaders(body, { by: 'platform1', atMs: clock.ms });
  assert.notEqual(await whyNot(late), 'believed');
});

test('every notice of the vectors that must fail fails, with certificates or not', async (t) => {
  for (const keys of [{}, onlyCertificates]) {
    for (const bad of vectors.mustFail.notices) {
      if (/tag-broken|wrong-aad/.test(bad.name)) continue;
      const { ring } = await aRing(t, [one], { keys });
      const refusal = await ring.refusalOf(lowered(bad.headers), Buffer.from(bad.body));
      assert.ok(refusal, bad.name);
    }
  }
  const { ring } = await aRing(t, [answer(200, {})]);
  for (const { name, headers, body: text } of vectors.mustFail.notices) {
    if (!/tag-broken|wrong-aad/.test(name)) {
      assert.ok(await ring.refusalOf(lowered(headers), Buffer.from(text)), name);
    }
  }
});
