import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync, inflateSync } from 'node:zlib';
import { request } from 'undici';
import { authorization, aV3Sandbox, isVerified, platformKeys, query } from '../v3/spec-kit';

test('an answer is packed as the client takes it, and signed as it was before', async (t) => {
  const kit = await aV3Sandbox(t);
  const keys = await platformKeys(kit);
  const order = query('T20260930-0001');
  const ask = async (accepted: string) => {
    const [method, target] = order;
    const headers = {
      accept: 'application/json',
      'user-agent': 'spec',
      'accept-encoding': accepted,
      authorization: authorization({ method, target, body: '' }),
    };
    const { headers: told, body } = await request(kit.url + target, { method, headers });
    return { headers: told, bytes: Buffer.from(await body.bytes()) };
  };
  const plain = Buffer.from('{"code":"ORDER_NOT_EXIST","message":"订单不存在"}');
  const table = [
    ['gzip', 'gzip', gunzipSync],
    ['br, GZIP;q=0.5, deflate', 'gzip', gunzipSync],
    ['gzip;q=0, deflate', 'deflate', inflateSync],
    ['br', undefined, Buffer.from],
    ['', undefined, Buffer.from],
  ] as const;
  for (const [accepted, encoding, unpack] of table) {
    const { headers, bytes } = await ask(accepted);
    assert.equal(headers['content-encoding'], encoding, accepted);
    const text = unpack(bytes).toString();
    assert.equal(text, plain.toString());
    assert.ok(isVerified({ headers, text }, keys), accepted);
  }
});
