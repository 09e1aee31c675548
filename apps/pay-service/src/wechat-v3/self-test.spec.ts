import assert from 'node:assert/strict';
import {
  constants,
  createCipheriv,
  createSecretKey,
  privateDecrypt,
  publicEncrypt,
} from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { payService } from '@saoma/contracts/pay';
import {
  type Answer,
  aChannel,
  answer,
  apiV3Key,
  merchantKeys,
  no,
  nowMs,
  privateKeyOf,
  publicKeyOf,
  shop,
  signedHeaders,
  vector,
  vectors,
} from './v3-spec-kit';

const echoPath = '/v3/security/echo';
const nobody = '/v3/pay/transactions/out-trade-no/saoma-check';
const oaep = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' };

type Options = NonNullable<Parameters<typeof aChannel>[1]>;
type Channel = Awaited<ReturnType<typeof aChannel>>['channel'];

/** WeChat's side of an echo, written without the code under test. */
function echoed(body: Buffer, by: 'wxpub' | 'platform1' = 'wxpub'): Answer {
  const { echo_message, encrypted_echo_message, notify_url } = JSON.parse(body.toString());
  assert.equal(notify_url, shop.notify_url);
  const sealed = Buffer.from(encrypted_echo_message, 'base64');
  const heard = privateDecrypt({ key: privateKeyOf(by), ...oaep }, sealed);
  assert.equal(heard.toString(), echo_message);
  const ours = publicEncrypt({ key: publicKeyOf('merchant'), ...oaep }, heard).toString('base64');
  return answer(200, { echo_message, encrypted_echo_message: ours }, by);
}

/** The test notice that WeChat sends for it. */
function testNotice(echo_message: string, key = apiV3Key) {
  const nonce = '7ca816615394';
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from('security'));
  const plain = JSON.stringify({ echo_message, encrypt_echo_message: '' });
  const bytes = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  const body = JSON.stringify({
    event_type: 'SECURITY_ECHO.SUCCESS',
    resource: {
      original_type: 'security',
      algorithm: 'AEAD_AES_256_GCM',
      ciphertext: bytes.toString('base64'),
      associated_data: 'security',
      nonce,
    },
  });
  return { headers: signedHeaders(body), body: Buffer.from(body) };
}

async function checked(t: TestContext, options: Options) {
  const { channel, requests } = await aChannel(t, options);
  return { ...(await told(channel)), requests };
}

async function told(channel: Channel) {
  const findings = await channel.check();
  payService.methods.checkWechat.output.parse({ findings });
  return {
    how: Object.fromEntries(findings.map(({ about, is }) => [about, is])),
    says: findings.filter(({ is }) => is === 'bad').map(({ says }) => says),
    findings,
  };
}

const answered = {
  'request-key': 'good',
  'answer-key': 'good',
  clock: 'good',
  appid: 'unproved',
};

/** A channel whose WeChat sends the test notice before it answers. */
async function withNotice(t: TestContext, key = apiV3Key) {
  let channel: Channel | undefined;
  const made = await aChannel(t, {
    wechat: {
      [echoPath]: (body) => {
        const { echo_message } = JSON.parse(body.toString());
        void channel?.readNotice(testNotice(echo_message, key));
        return echoed(body);
      },
    },
  });
  channel = made.channel;
  return { channel, requests: made.requests };
}

test('an echo and its notice prove every key and the notify address', async (t) => {
  const { channel, requests } = await withNotice(t);
  const { how, says } = await told(channel);
  const all = { ...answered, 'own-key': 'good', 'api-key': 'good', 'notify-url': 'good' };
  assert.deepEqual([how, says], [all, []]);
  assert.equal(requests[0]?.headers['wechatpay-serial'], merchantKeys.publicKey?.id);
});

test('a notice that does not open says that the APIv3 key is another one', async (t) => {
  const { channel } = await withNotice(t, createSecretKey(Buffer.alloc(32, 7)));
  const { how, says } = await told(channel);
  assert.deepEqual([how['api-key'], how['notify-url']], ['bad', 'good']);
  assert.match(says.join(), /WECHAT_V3_KEY/);
});

test('with certificates the echo is for the newest, and they prove the APIv3 key', async (t) => {
  const { body } = vector(vectors.answers, 'certificates-200');
  const list = { status: 200, body, headers: signedHeaders(body, { by: 'platform1' }) };
  const { how, says, requests } = await checked(t, {
    keys: { publicKey: undefined },
    wechat: { '/v3/certificates': list, [echoPath]: (sent) => echoed(sent, 'platform1') },
  });
  const expected = { 'own-key': 'good', 'api-key': 'good', 'notify-url': 'unproved' };
  assert.deepEqual([how, says], [{ ...answered, ...expected }, []]);
  const echo = requests.find(({ url }) => url === echoPath);
  assert.equal(echo?.headers['wechatpay-serial'], vectors.identities.platformSerial1);
});

test('a WeChat without an echo is asked for a payment that cannot exist', async (t) => {
  const wechat = { [nobody]: no(404, 'ORDER_NOT_EXIST') };
  const { how, says } = await checked(t, { wechat });
  const expected = { 'api-key': 'unproved', 'notify-url': 'unproved' };
  assert.deepEqual([how, says], [{ ...answered, ...expected }, []]);
});

const signError = (message: string, date = new Date(nowMs)) => ({
  status: 401,
  body: JSON.stringify({ code: 'SIGN_ERROR', message }),
  headers: { date: date.toUTCString() },
});
const otherKey = answer(404, { code: 'ORDER_NOT_EXIST' }, 'platform1');
const wrongKey = {
  ...otherKey,
  headers: { ...otherKey.headers, 'wechatpay-serial': merchantKeys.publicKey?.id ?? '' },
};
const foreign = {
  ...otherKey,
  headers: {
    ...otherKey.headers,
    'wechatpay-serial': 'PUB_KEY_ID_0100000000002026101200000000000001',
  },
};
const late = signedHeaders('{}', { atMs: nowMs - 400_000 });
const aLittleLate = signedHeaders('{}', { atMs: nowMs - 90_000 });

/** What is wrong, what WeChat answers then, and what an operator is told. */
const troubles: Record<string, [answer: Answer, about: string, says: RegExp]> = {
  'a serial number of another merchant': [
    signError('商户证书序列号有误。'),
    'request-key',
    /3B1E0C5A.* is no valid certificate of the merchant 1900007291: look at WECHAT_CERT/,
  ],
  'a wrong key file': [signError('签名错误，请检查后再试'), 'request-key', /WECHAT_CERT_KEY/],
  'no APIv3 key at WeChat': [signError('商户未设置APIv3密钥。'), 'request-key', /set an APIv3 key/],
  'a clock that is off': [
    signError(
      'Http头Authorization中的timestamp与发起请求的时间不得超过5分钟',
      new Date(nowMs - 420_000),
    ),
    'request-key',
    /the clock of this machine is 420 s ahead of WeChat's/,
  ],
  'a clock that makes answers look old': [
    { status: 200, body: '{}', headers: late },
    'clock',
    /the clock of this machine is 400 s ahead of WeChat's/,
  ],
  'a clock that begins to drift': [
    { status: 200, body: '{}', headers: aLittleLate },
    'clock',
    /90 s ahead of WeChat's; from 300 s on/,
  ],
  'another public key under the right id': [
    wrongKey,
    'answer-key',
    /not believed: wrong signature .*; WECHAT_PUBLIC_KEY is not the key with this id/,
  ],
  'the public key of another merchant': [
    foreign,
    'answer-key',
    /WECHAT_PUBLIC_KEY_ID is .*another merchant/,
  ],
  'a host that is not WeChat': [
    { status: 200, body: '{}', headers: {} },
    'answer-key',
    /is not signed: does WeChat give it/,
  ],
  'a key that WeChat has forgotten': [
    answer(400, { code: 'PARAM_ERROR', message: '平台证书序列号Wechatpay-Serial错误' }),
    'own-key',
    /refuses the test: PARAM_ERROR 平台证书/,
  ],
};
for (const [what, [given, about, says]] of Object.entries(troubles)) {
  test(`${what} is said in plain words`, async (t) => {
    const wechat = given.status === 404 ? { [nobody]: given } : { [echoPath]: given };
    const found = await checked(t, { wechat });
    assert.equal(found.how[about], 'bad');
    assert.match(found.says.join('\n'), says);
  });
}

test('another APIv3 key is found by the certificates', async (t) => {
  const { body } = vector(vectors.answers, 'certificates-200');
  const list = { status: 200, body, headers: signedHeaders(body, { by: 'platform1' }) };
  const { how, says } = await checked(t, {
    keys: { publicKey: undefined, apiV3Key: createSecretKey(Buffer.alloc(32, 7)) },
    wechat: { '/v3/certificates': list, [echoPath]: answer(200, {}, 'platform1') },
  });
  assert.deepEqual(how, { 'api-key': 'bad' });
  assert.match(says.join(), /WECHAT_V3_KEY/);
});

test('while WeChat cannot be reached nothing is called wrong', async (t) => {
  const { channel, close } = await aChannel(t);
  await close();
  const { how, findings } = await told(channel);
  assert.deepEqual(how, { 'request-key': 'unknown' });
  assert.match(findings[0]?.says ?? '', /no answer from 127\.0\.0\.1:\d+: \w+; can this/);
});

const probed = answer(200, {});
const probe = { ...probed.headers, 'wechatpay-signature': 'WECHATPAY/SIGNTEST/AAAA' };
/** What shows neither a right configuration nor a wrong one. */
const nothings: Record<string, [answer: Answer, about: string, says: RegExp]> = {
  'a WeChat that is out of order': [no(500, 'SYSTEM_ERROR'), 'request-key', /HTTP 500/],
  'a WeChat that has too much to do': [no(429, 'FREQUENCY_LIMITED'), 'request-key', /HTTP 429/],
  'a probe whether we check signatures': [{ ...probed, headers: probe }, 'answer-key', /tested/],
};
for (const [what, [given, about, says]] of Object.entries(nothings)) {
  test(`${what} makes nothing wrong`, async (t) => {
    const { how, findings } = await checked(t, { wechat: { [echoPath]: given } });
    assert.deepEqual(how, { [about]: 'unknown' });
    assert.match(findings[0]?.says ?? '', says);
  });
}

test('certificates that cannot be had now make nothing wrong', async (t) => {
  const { how, findings } = await checked(t, {
    keys: { publicKey: undefined },
    wechat: {
      '/v3/certificates': no(500, 'SYSTEM_ERROR'),
      [echoPath]: answer(200, {}, 'platform1'),
    },
  });
  assert.deepEqual(how, { 'answer-key': 'unknown' });
  assert.match(findings[0]?.says ?? '', /WeChat's certificates are not here: HTTP 500/);
});
