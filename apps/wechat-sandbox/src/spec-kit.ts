import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { createSandbox, type SandboxKit, type SandboxOptions } from './kit/create-sandbox';
import { exampleMerchant, type Merchant, type SignType } from './merchant';
import { isSigned, sign } from './v2/sign';
import { type Fields, readXml, writeXml } from './v2/xml';

const vectorsPath = path.join(process.cwd(), 'test/vectors/wechat-v2');
const vectors = (name: string) => readFileSync(path.join(vectorsPath, name), 'utf8');

/** A golden sample as it is on the wire, by its number or its file's name. */
export function golden(number: string): string {
  return vectors(readdirSync(vectorsPath).find((name) => name.startsWith(`${number}-`)) ?? number);
}

interface SignatureVector {
  readonly name: string;
  readonly fields: Record<string, string>;
  readonly key: string;
  readonly sign_type: SignType;
  readonly string_to_sign?: string;
  readonly sign: string;
  readonly wrong?: string;
}

export const signatureVectors = (): SignatureVector[] =>
  JSON.parse(vectors('signatures.json')).signatures;

/** A sandbox that ends with the test. */
export async function aSandbox(t: TestContext, options: SandboxOptions = {}): Promise<SandboxKit> {
  const kit = await createSandbox(options);
  t.after(() => kit.close());
  return kit;
}

interface Heard {
  readonly path: string;
  readonly body: string;
  readonly fields: Fields;
}

/** A merchant's server: what it heard, and the reply that it gives to the nth notice from 0. */
export async function aShop(t: TestContext, reply: (n: number) => string = () => received) {
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      heard.push({ path: request.url ?? '', body, fields: readXml(body) });
      response.end(reply(heard.length - 1));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, heard };
}

export const received = golden('G24');
export const comeAgain = golden('G25');

/** Where a sandbox is. */
type At = Pick<SandboxKit, 'url'>;

interface Signer {
  readonly merchant?: Merchant;
  readonly sign_type?: SignType;
}

/** The bytes of a signed call. */
export function signedCall(fields: Record<string, string>, signer: Signer = {}): string {
  const merchant = signer.merchant ?? exampleMerchant;
  const { appid, mch_id, key = '' } = merchant;
  const map: Fields = new Map(
    Object.entries({
      appid,
      mch_id,
      nonce_str: 'Fv3kQ9aZ',
      ...(signer.sign_type && { sign_type: signer.sign_type }),
      ...fields,
    }),
  );
  map.set('sign', sign(map, key, signer.sign_type ?? 'MD5'));
  return writeXml(map, () => false);
}

export async function post(url: string, body: string): Promise<Fields> {
  const response = await fetch(url, { method: 'POST', body });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'text/plain');
  return readXml(await response.text());
}

/** Calls WeChat as a merchant does; an answer that says SUCCESS has to carry its signature. */
export const callAs =
  (signer: Signer) =>
  async (kit: At, path: string, fields: Record<string, string>): Promise<Fields> => {
    const answer = await post(kit.url + path, signedCall(fields, signer));
    if (answer.get('return_code') === 'SUCCESS') {
      const { key = '' } = signer.merchant ?? exampleMerchant;
      assert.ok(isSigned(answer, key, signer.sign_type ?? 'MD5'), 'the answer is signed');
    }
    return answer;
  };

/** The same, as the example merchant with MD5. */
export const call = callAs({});

export const anOrder = (some: Record<string, string> = {}): Record<string, string> => ({
  body: '收银台-测试商品',
  out_trade_no: 'T20260930-0001',
  total_fee: '101',
  spbill_create_ip: '127.0.0.1',
  notify_url: 'http://127.0.0.1:9/notify',
  trade_type: 'NATIVE',
  ...some,
});

/** Opens an order and answers its code. */
export async function openOrder(kit: At, some: Record<string, string> = {}) {
  const answer = await call(kit, '/pay/unifiedorder', anOrder(some));
  assert.equal(answer.get('result_code'), 'SUCCESS', JSON.stringify([...answer]));
  return answer.get('code_url') ?? '';
}
