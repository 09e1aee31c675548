import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  authorization,
  aV3Sandbox,
  isVerified,
  platformKeys,
  send,
  v3Merchant,
  vectors,
} from './spec-kit';

const { mch_id: mchid } = v3Merchant;

describe('requests of other clients, as they were signed', () => {
  for (const vector of vectors.requests.filter(({ target }) =>
    /native|out-trade-no/.test(target),
  )) {
    test(vector.name, async (t) => {
      const kit = await aV3Sandbox(t);
      const { method, target, body } = vector;
      const { authorization: _old, ...headers } = lowerCase(vector.headers);
      // Their moment has gone: the same bytes are signed once more.
      const shape = lowerCase(vector.headers).authorization ?? '';
      const fresh = resigned(shape, { method, target, body });
      const answer = await send(kit.url + target, method, {
        body,
        headers: { ...headers, authorization: fresh },
      });
      assert.ok([200, 204, 404].includes(answer.status), answer.text);
      assert.ok(isVerified(answer, await platformKeys(kit)));
      const old = await send(kit.url + target, method, {
        body,
        headers: { ...headers, authorization: shape },
      });
      assert.match(old.json.message, /不得超过5分钟/);
    });
  }

  for (const vector of vectors.mustFail.requests) {
    test(`${vector.name} fails`, async (t) => {
      const kit = await aV3Sandbox(t);
      const { method, target, body } = vector;
      const headers = lowerCase(vector.headers);
      const right = vectors.requests.find(({ name }) => vector.message.includes(name)) ?? vector;
      const signed = right.message.split('\n');
      const fresh = resigned(headers.authorization ?? '', {
        method: signed[0] ?? '',
        target: signed[1] ?? '',
        body: signed.slice(4, -1).join('\n'),
      });
      const answer = await send(kit.url + target, method, {
        body,
        headers: { ...headers, authorization: fresh },
      });
      assert.deepEqual([answer.status, answer.json.code], [401, 'SIGN_ERROR']);
    });
  }
});

const lowerCase = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

/** The same Authorization with a new time and its signature, its fields in the same order. */
function resigned(
  header: string,
  signed: { method: string; target: string; body: string },
): string {
  const serial_no = /serial_no="(\w+)"/.exec(header)?.[1] ?? '';
  const fresh = authorization(signed, { serial_no, mchid });
  return header.replace(/(\w+)="[^"]*"/g, (_, name: string) => {
    return new RegExp(`${name}="[^"]*"`).exec(fresh)?.[0] ?? '';
  });
}
