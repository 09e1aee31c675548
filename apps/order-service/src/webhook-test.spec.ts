import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { deliveryTypes, webhooks } from '@saoma/contracts/webhooks';
import { Webhook } from 'standardwebhooks';

const secret = `whsec_${Buffer.alloc(24, 'shop').toString('base64')}`;
const other = `whsec_${Buffer.alloc(24, 'other').toString('base64')}`;

/** Runs `npm run webhook-test -- ...`, built already, in exactly this environment. */
function run(words: readonly string[], env: Record<string, string> = {}) {
  const program = join(__dirname, 'webhook-test.js');
  return new Promise<{ code: number; said: string; wrong: string }>((resolve) => {
    execFile(process.execPath, [program, ...words], { env }, (error, said, wrong) => {
      resolve({ code: Number(error?.code ?? 0), said, wrong });
    });
  });
}

interface Heard {
  readonly id: string;
  readonly type: string;
}

/** A shop that believes what is signed by its secret, and answers it so. */
async function aShop(t: TestContext, answer: (response: ServerResponse) => void) {
  const heard: Heard[] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    const headers = request.headers as Record<string, string>;
    try {
      const { type } = new Webhook(secret).verify(body, headers) as Heard;
      const known = deliveryTypes.find((one) => one === type);
      assert.ok(known && webhooks[known].parse(JSON.parse(body)));
      heard.push({ id: headers['webhook-id'] ?? '', type });
    } catch {
      response.writeHead(401).end();
      return;
    }
    answer(response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, heard };
}

const lines = (words: string) => [
  ...deliveryTypes.map((type) => `${type.padEnd(16)}  ${words}`),
  `accepted: ${words === 'HTTP 204' ? deliveryTypes.length : 0} of ${deliveryTypes.length}`,
];

test('a shop gets a signed message of each type, and takes none for a repeat', async (t) => {
  const { url, heard } = await aShop(t, (response) => response.writeHead(204).end());
  const told = await run([url], { SHOP_WEBHOOK_SECRET: `${other} ${secret}` });
  assert.deepEqual([told.code, told.said.trim().split('\n')], [0, lines('HTTP 204')]);
  const again = await run(['--secret', secret, url], { SHOP_WEBHOOK_SECRET: other });
  assert.equal(again.code, 0, again.wrong);
  assert.deepEqual(
    heard.map(({ type }) => type),
    [...deliveryTypes, ...deliveryTypes],
  );
  assert.equal(new Set(heard.map(({ id }) => id)).size, heard.length);
  assert.ok(heard.every(({ id }) => /^[0-9]{1,20}$/.test(id)));
});

test('a shop that knows another secret refuses all, and its status is told', async (t) => {
  const { url, heard } = await aShop(t, (response) => response.writeHead(204).end());
  const { code, said } = await run([url, '--secret', other]);
  assert.deepEqual([code, said.trim().split('\n')], [1, lines('HTTP 401')]);
  assert.deepEqual(heard, []);
});

const answers: Record<string, [RegExp, (response: ServerResponse) => void]> = {
  'a redirect': [
    /^payment\.paid +HTTP 302: redirects are not followed$/m,
    (response) => response.writeHead(302, { location: '/elsewhere' }).end(),
  ],
  'a failure': [/^order\.paid +HTTP 500$/m, (response) => response.writeHead(500).end()],
  'more than it may': [
    /^payment\.closed +the answer is larger than 64 KiB \(\w+\)$/m,
    (response) => response.writeHead(200).end('x'.repeat(100_000)),
  ],
  'half of it': [
    /^payment\.refunded +the connection broke off \(\w+\)$/m,
    (response) => {
      response.writeHead(200, { 'content-length': '9' });
      response.write('half', () => response.destroy());
    },
  ],
};
for (const [what, [words, answer]] of Object.entries(answers)) {
  test(`a shop that answers ${what} has accepted nothing`, async (t) => {
    const { url, heard } = await aShop(t, answer);
    const { code, said } = await run([url], { SHOP_WEBHOOK_SECRET: secret });
    assert.equal(code, 1);
    assert.match(said, words);
    assert.match(said, /^accepted: 0 of /m);
    assert.equal(heard.length, deliveryTypes.length);
  });
}

test('where nothing listens, it says so', async () => {
  const { code, said } = await run(['http://127.0.0.1:9/'], { SHOP_WEBHOOK_SECRET: secret });
  const words = 'nothing listens there (ECONNREFUSED)';
  assert.deepEqual([code, said.trim().split('\n')], [1, lines(words)]);
});

const url = 'https://shop.invalid/hook';
const wrong: Record<string, [RegExp, string[], Record<string, string>?]> = {
  'no address': [/^webhook-test: it takes one address/, []],
  'two addresses': [/^webhook-test: it takes one address/, [url, url]],
  'an unknown option': [/^webhook-test: it takes one address/, [url, '--key', secret]],
  'no secret': [/^webhook-test: there is no secret: set SHOP_WEBHOOK_SECRET, or --secret/, [url]],
  'a short secret': [/^webhook-test: the secret must be whsec_/, [url, '--secret', 'whsec_c2hvcA']],
  'a wrong secret around it': [
    /SHOP_WEBHOOK_SECRET: must be whsec_/,
    [url],
    { SHOP_WEBHOOK_SECRET: 'x' },
  ],
  'no web address': [/^webhook-test: the URL must be an https address/, ['shop.invalid']],
  'a password in the address': [/the URL must be an https address/, ['https://a:b@shop.invalid/']],
  'plain http to others': [/^webhook-test: the URL must be https/, ['http://shop.invalid/hook']],
};
for (const [what, [words, given, env]] of Object.entries(wrong)) {
  test(`with ${what} nothing is sent`, async () => {
    const told = await run(given, env);
    assert.deepEqual([told.code, told.said], [2, '']);
    assert.match(told.wrong, words);
    assert.doesNotMatch(told.wrong, /whsec_c2hvcA|\n {4}at /);
  });
}

test('plain http may lead to a host that is named', async () => {
  const env = { SHOP_WEBHOOK_SECRET: secret, PLAIN_HTTP_HOSTS: 'shop.invalid' };
  const { code, said } = await run(['http://shop.invalid/hook'], env);
  assert.deepEqual([code, /^accepted: 0 of /m.test(said)], [1, true], said);
});
