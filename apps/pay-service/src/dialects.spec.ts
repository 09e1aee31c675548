import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { Dialects } from './dialects';
import { aNotice, golden, signed } from './spec-kit';
import { aChannel as aV2Channel } from './wechat-v2/channel-spec-kit';
import { aChannel as aV3Channel, signedHeaders, vector, vectors } from './wechat-v3/v3-spec-kit';

const silent = pino({ level: 'silent' });

async function both(t: TestContext) {
  return { v2: (await aV2Channel(t)).channel, v3: (await aV3Channel(t)).channel };
}

const v3Body = Buffer.from(vector(vectors.notices, 'transaction-success-public-key-mode').body);
const v3Notice = { headers: signedHeaders(v3Body), body: v3Body };
const v2Notice = { headers: {}, body: signed(aNotice()) };
const fail = golden('G25').toString();

test('everything new speaks the current dialect, and each what it began', async (t) => {
  const channels = await both(t);
  for (const current of ['v2', 'v3'] as const) {
    const dialects = new Dialects(channels, current, silent);
    assert.equal(dialects.current, channels[current]);
    assert.equal(dialects.of(undefined), channels[current]);
    assert.equal(dialects.of('v2'), channels.v2);
    assert.equal(dialects.of('v3'), channels.v3);
  }
});

test('what was begun in a dialect without keys is carried on in the other one', async (t) => {
  const { v2, v3 } = await both(t);
  assert.equal(new Dialects({ v3 }, 'v3', silent).of('v2'), v3);
  assert.equal(new Dialects({ v2 }, 'v2', silent).of('v3'), v2);
  assert.throws(() => new Dialects({ v2 }, 'v3', silent));
});

test('a check also tells until when the certificates are valid', async (t) => {
  const { v2 } = await both(t);
  const ends = { dialect: 'v2', name: 'WECHAT_CERT', expires: new Date(Date.now() - 1) } as const;
  const findings = await new Dialects({ v2 }, 'v2', silent, () => [ends]).check();
  assert.deepEqual(
    findings.filter(({ about }) => about === 'certificate').map(({ is }) => is),
    ['bad'],
  );
});

test('notices of both dialects are read, whichever is current', async (t) => {
  const dialects = new Dialects(await both(t), 'v2', silent);
  const ofV3 = await dialects.readNotice(v3Notice);
  assert.ok(ofV3.news?.is === 'payment' && ofV3.reply.status === 204);
  const ofV2 = await dialects.readNotice(v2Notice);
  assert.ok(ofV2.news?.is === 'payment' && ofV2.reply.status === 200);
});

test('a notice without keys here gets the failure of its own dialect, without harm', async (t) => {
  const { v2, v3 } = await both(t);
  const ofV2 = await new Dialects({ v3 }, 'v3', silent).readNotice(v2Notice);
  assert.deepEqual([ofV2.news, ofV2.reply.body], [null, fail]);
  const ofV3 = await new Dialects({ v2 }, 'v2', silent).readNotice(v3Notice);
  assert.deepEqual([ofV3.news, ofV3.reply.status], [null, 401]);
});

test('headers or body: whichever WeChat’s v3 leaves is enough to be answered as v3', async (t) => {
  const dialects = new Dialects(await both(t), 'v2', silent);
  const { 'wechatpay-signature': _signature, ...unsigned } = v3Notice.headers;
  for (const notice of [
    { headers: {}, body: v3Body },
    { headers: unsigned, body: v3Body },
    { headers: v3Notice.headers, body: v2Notice.body },
    { headers: v3Notice.headers, body: Buffer.from('') },
    { headers: {}, body: Buffer.from(' \n{') },
  ]) {
    const { news, reply } = await dialects.readNotice(notice);
    assert.deepEqual([news, reply.status], [null, 401]);
  }
  const empty = await dialects.readNotice({ headers: {}, body: Buffer.from('') });
  assert.deepEqual([empty.news, empty.reply.body], [null, fail]);
});
