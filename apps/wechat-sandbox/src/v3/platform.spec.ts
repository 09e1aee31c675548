import assert from 'node:assert/strict';
import { createPublicKey, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { exampleMerchant, type PlatformMode } from '../merchant';
import {
  type Answer,
  anOrder,
  aV3Sandbox,
  aV3Shop,
  isVerified,
  native,
  openedText,
  platformKeys,
  v3Call,
  v3Merchant,
} from './spec-kit';

const certificates = ['GET', '/v3/certificates'] as const;
const serialOf = ({ headers }: Pick<Answer, 'headers'>) => String(headers['wechatpay-serial']);
const asking = (serial: string) => ({ headers: { 'wechatpay-serial': serial } });

test('a text is signed as WeChat would, now or some time ago', async (t) => {
  const kit = await aV3Sandbox(t);
  const keys = await platformKeys(kit);
  const body = '{"id":"1"}';
  const headersOf = async (what: { body: string; age_ms?: number; mch_id?: string }) =>
    Object.fromEntries(
      Object.entries(await kit.control.sign(what)).map(([name, value]) => [
        name.toLowerCase(),
        value,
      ]),
    );
  const headers = await headersOf({ body, mch_id: v3Merchant.mch_id });
  assert.ok(isVerified({ headers, body }, keys));
  assert.ok(!isVerified({ headers, body: '{"id":"2"}' }, keys));
  assert.ok(!isVerified({ headers: await headersOf({ body, age_ms: 301_000 }), body }, keys));
  await assert.rejects(headersOf({ body, mch_id: '1' }), /no such mch_id/);
});

test('public-key mode: one key signs everything, and there is no certificate', async (t) => {
  const kit = await aV3Sandbox(t);
  const platform = await kit.control.platform();
  assert.deepEqual([platform.mode, platform.certificates], ['public-key', []]);
  assert.match(platform.public_key_id ?? '', /^PUB_KEY_ID_[0-9]{34}$/);
  const answer = await v3Call(kit, certificates);
  assert.deepEqual(
    [answer.status, answer.json.code, serialOf(answer)],
    [404, 'RESOURCE_NOT_EXISTS', platform.public_key_id],
  );
  assert.ok(isVerified(answer, await platformKeys(kit)));
});

test('certificate mode: what signs can be fetched, decrypted and is valid now', async (t) => {
  const kit = await aV3Sandbox(t, { platformMode: 'certificate' });
  const platform = await kit.control.platform();
  assert.deepEqual([platform.public_key, platform.public_key_id], [null, null]);
  const answer = await v3Call(kit, certificates, asking('PUB_KEY_ID_0'));
  const [only, ...others] = answer.json.data;
  assert.equal(others.length, 0);
  const { algorithm, associated_data, nonce } = only.encrypt_certificate;
  assert.deepEqual([algorithm, associated_data], ['AEAD_AES_256_GCM', 'certificate']);
  assert.equal(nonce.length, 12);
  const pem = openedText(only.encrypt_certificate);
  assert.equal(pem, platform.certificates[0]?.certificate);
  const { serialNumber, validTo, validFrom } = new X509Certificate(pem);
  assert.match(serialNumber, /^[0-9A-F]{40}$/);
  assert.deepEqual([only.serial_no, serialOf(answer)], [serialNumber, serialNumber]);
  assert.equal(Date.parse(only.effective_time), Date.parse(validFrom));
  assert.equal(Date.parse(only.expire_time), Date.parse(validTo));
  assert.ok(Date.parse(validFrom) < Date.now() && Date.parse(validTo) > Date.now());
  assert.ok(isVerified(answer, await platformKeys(kit)));
});

test('both: the request names the key of its answer, once the switch has begun', async (t) => {
  const kit = await aV3Sandbox(t, { platformMode: 'both' });
  const { public_key_id, certificates: listed } = await kit.control.platform();
  const id = public_key_id ?? '';
  const certificate = listed[0]?.serial_no;
  const signedBy = async (serial: string) => {
    const answer = await v3Call(kit, certificates, asking(serial));
    assert.ok(isVerified(answer, await platformKeys(kit)));
    return serialOf(answer);
  };
  assert.equal(await signedBy(id), id);
  assert.equal(await signedBy(''), certificate);
  assert.equal(await signedBy(v3Merchant.certificate ? '3B1E' : ''), certificate);
  await kit.control.changePlatform({ public_key_share: 0 });
  assert.equal(await signedBy(id), certificate, 'not begun');
});

test('both: the share of notices by the public key is what was set', async (t) => {
  const shop = await aV3Shop(t, () => 500);
  const kit = await aV3Sandbox(t, { platformMode: 'both' });
  const body = anOrder({ notify_url: `${shop.url}/notify` });
  const { code_url } = (await v3Call(kit, native, { body })).json;
  for (const public_key_share of [0, 1]) {
    const { public_key_id } = await kit.control.changePlatform({ public_key_share });
    if (public_key_share === 0) await kit.control.pay({ code_url });
    await kit.control.advance(public_key_share === 0 ? 0 : 25 * 3_600_000);
    const serials = shop.heard.map(({ headers }) => headers['wechatpay-serial']);
    const isById = serials.map((serial) => serial === public_key_id);
    assert.deepEqual(isById, [false, ...Array(serials.length - 1).fill(true)]);
  }
  assert.equal(shop.heard.length, 16);
});

test('rotation: the new certificate signs, and both can be fetched', async (t) => {
  const kit = await aV3Sandbox(t, { platformMode: 'certificate' });
  const [old] = (await kit.control.platform()).certificates;
  const rotated = await kit.control.changePlatform({ rotate: true });
  assert.equal(rotated.certificates.length, 2);
  assert.equal(rotated.certificates[1]?.serial_no, old?.serial_no);
  const answer = await v3Call(kit, certificates);
  assert.equal(serialOf(answer), rotated.certificates[0]?.serial_no);
  assert.equal(answer.json.data.length, 2);
  assert.notEqual(serialOf(answer), old?.serial_no);
  const again = await kit.control.changePlatform({ rotate: true });
  assert.equal(again.certificates.length, 2);
  const keys = again.certificates.map((each) => createPublicKey(each.certificate));
  assert.ok(keys[0] && keys[1] && !keys[0].equals(keys[1]));
});

test('a new certificate signs as much as is asked for, the one before it the rest', async (t) => {
  const kit = await aV3Sandbox(t, { platformMode: 'certificate' });
  const rotated = await kit.control.changePlatform({ rotate: true, new_certificate_share: 0 });
  const [newer, older] = rotated.certificates.map(({ serial_no }) => serial_no);
  const answer = await v3Call(kit, certificates);
  assert.equal(serialOf(answer), older);
  assert.equal(answer.json.data[0].serial_no, newer, 'it is there before it signs');
  await kit.control.changePlatform({ new_certificate_share: 1 });
  assert.equal(serialOf(await v3Call(kit, certificates)), newer);
  await kit.control.changePlatform({ new_certificate_share: 0 });
  await kit.control.forget();
  assert.equal(serialOf(await v3Call(kit, certificates)), newer);
});

test('a merchant is added and changed while the sandbox runs, and stays', async (t) => {
  const kit = await aV3Sandbox(t, { merchants: [exampleMerchant], platformMode: 'certificate' });
  const { mch_id, appid, v3_key, certificate } = v3Merchant;
  const put = async (some: object) => {
    const answer = await fetch(`${kit.url}/_sandbox/merchants`, {
      method: 'POST',
      body: JSON.stringify({ mch_id, appid, ...some }),
    });
    return { status: answer.status, text: await answer.text() };
  };
  assert.equal((await put({})).status, 201);
  const order = () => v3Call(kit, native, { body: anOrder() });
  assert.equal((await order()).json.message, '商户未申请过证书。');
  const mode: PlatformMode = 'public-key';
  const changed = await put({ v3_key, certificate, platform_mode: mode });
  assert.equal(changed.status, 200);
  assert.ok(!changed.text.includes(v3_key) && !changed.text.includes('BEGIN'));
  await kit.control.forget();
  const answer = await order();
  assert.equal(answer.status, 200, answer.text);
  const { public_key_id, certificates: none } = await kit.control.platform(mch_id);
  assert.deepEqual([serialOf(answer), none], [public_key_id, []]);
  assert.equal((await kit.control.platform()).mode, 'certificate');
  for (const wrong of [{ v3_key: 'short' }, { certificate: 'PEM' }, { unknown: 1 }]) {
    assert.equal((await put(wrong)).status, 400);
  }
});
