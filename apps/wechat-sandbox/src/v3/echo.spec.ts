import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import { openField, sealField } from './cipher';
import { aV3Sandbox, aV3Shop, isVerified, opened, platformKeys, v3Call, vectors } from './spec-kit';

const way = ['POST', '/v3/security/echo'] as const;
const own = createPrivateKey(vectors.keys.merchant.privateKey);

test('an echo proves every key: what is encrypted comes back for the merchant', async (t) => {
  const kit = await aV3Sandbox(t);
  const shop = await aV3Shop(t);
  const keys = await platformKeys(kit);
  const [[serial = '', pem = ''] = []] = [...keys];
  const encrypted_echo_message = sealField('秘密', createPublicKey(pem));
  const notify_url = `${shop.url}/echo`;
  const answer = await v3Call(kit, way, {
    body: { notify_url, echo_message: 'hello', encrypted_echo_message },
    headers: { 'wechatpay-serial': serial },
  });
  assert.ok(answer.status === 200 && isVerified(answer, keys), answer.text);
  assert.equal(answer.json.echo_message, 'hello');
  assert.equal(openField(answer.json.encrypted_echo_message, own), '秘密');
  await kit.control.advance(0);
  const [notice] = shop.heard;
  assert.ok(notice && isVerified(notice, keys));
  const { event_type, resource } = JSON.parse(notice.body);
  assert.deepEqual([event_type, resource.original_type], ['SECURITY_ECHO.SUCCESS', 'security']);
  const { echo_message, encrypt_echo_message } = opened(notice);
  assert.deepEqual([echo_message, openField(encrypt_echo_message, own)], ['hello', '秘密']);
});

test('what is encrypted for nobody here is refused', async (t) => {
  const kit = await aV3Sandbox(t);
  const [[serial = ''] = []] = [...(await platformKeys(kit))];
  const encrypted_echo_message = sealField('x', createPublicKey(vectors.keys.wxpub.publicKey));
  const body = { echo_message: 'hello', encrypted_echo_message };
  const message = async (headers: Record<string, string>) =>
    (await v3Call(kit, way, { body, headers })).json.message;
  assert.match(await message({}), /缺少微信支付平台证书序列号/);
  assert.match(await message({ 'wechatpay-serial': 'PUB_KEY_ID_1' }), /Wechatpay-Serial错误/);
  assert.equal(await message({ 'wechatpay-serial': serial }), '敏感信息解密失败');
  const open = await v3Call(kit, way, { body: { echo_message: 'hello' } });
  assert.equal(open.text, '{"echo_message":"hello"}');
});
