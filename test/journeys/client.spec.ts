import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { textOf } from '../../scripts/docs/source-words';
import { EmptyFolder } from '../support/empty-folder';
import { projectRoot } from '../tidy/tree';

const installedKilobytesMax = 500;
const manifestOf = (path: string) => JSON.parse(textOf(path));

/** What a shop writes in TypeScript, right and wrong. */
const program = `
import { createClient, type Payment, Problem } from 'saoma-client';
import { verify } from 'saoma-client/webhooks';

const { api, payments, refunds } = createClient({ url: 'http://127.0.0.1', token: () => 'a' });

export async function sell(): Promise<Payment> {
  const order = { merchant_order_no: 'A-1', total_fee: 1200, body: 'tea' };
  const { out_trade_no, pay_url } = await payments.open({ ...order, metadata: { table: '7' } });
  // @ts-expect-error There is no order without an amount.
  await payments.open({ merchant_order_no: 'A-1', body: 'tea' });
  // @ts-expect-error A repeat may leave it out.
  pay_url.length;
  await payments.list({ trade_state: 'SUCCESS', limit: 1 });
  const { data } = await api.GET('/api/orders');
  data?.orders.length;
  // @ts-expect-error There is no such route.
  await api.GET('/api/basket');
  const { refund_fee } = await refunds.create(out_trade_no, { refund_fee: 1, reason: 'a' }, 'key');
  return refund_fee > 0 ? payments.get(out_trade_no) : payments.wait(out_trade_no);
}

export function why(error: unknown): number | undefined {
  if (!(error instanceof Problem) || error.code === 'payment/number-reused') return undefined;
  // @ts-expect-error No problem has this code.
  if (error.code === 'payment/lost') return 0;
  return error.retryAfter;
}

export function hear(body: string, headers: Headers): number {
  const message = verify(body, headers, 'whsec_');
  if (message.type === 'payment.refunded') return message.data.refund_fee;
  // @ts-expect-error It may be of a type that came later.
  return message.data.total_fee;
}
`;

describe('the package of the client, in a folder that has nothing else', () => {
  const folder = new EmptyFolder();
  const dist = join(folder.path, 'node_modules/saoma-client/dist');

  before(() => {
    assert.match(folder.add('packages/client'), /^saoma-client-.*\.tgz$/);
  });

  test('it is one small package, of this release, with the licences of what is in it', () => {
    assert.deepEqual(folder.packages, ['saoma-client']);
    assert.ok(folder.kilobytes < installedKilobytesMax, `${folder.kilobytes} kB`);
    const { version, engines, license } = manifestOf('packages/client/package.json');
    const whole = manifestOf('package.json');
    assert.deepEqual([version, engines, license], [whole.version, whole.engines, whole.license]);
    const notices = readFileSync(join(dist, 'THIRD-PARTY-NOTICES.md'), 'utf8');
    for (const name of ['eventsource-parser', 'openapi-fetch', 'standardwebhooks']) {
      assert.match(notices, new RegExp(`^## ${name} [0-9.]+ \\(MIT\\)$`, 'm'));
    }
    assert.equal(readdirSync(join(projectRoot(), 'packages/client')).includes('dist'), false);
  });

  test('its types are whole, and know every route, message and problem', () => {
    folder.write('program.mts', program);
    folder.compile('program.mts');
  });

  test('it exports what it says, for import and for require, and names no other module', () => {
    const said = (text: string) => folder.run(process.execPath, '--input-type=module', '-e', text);
    const names = 'console.log(Object.keys(await import(name)).join())';
    assert.equal(said(`const name = 'saoma-client'; ${names}`), 'Problem,createClient\n');
    assert.equal(said(`const name = 'saoma-client/webhooks'; ${names}`), 'verify\n');
    folder.run(process.execPath, '-e', "require('saoma-client').createClient.name");
    for (const name of ['saoma-client.js', 'webhooks.js']) {
      assert.doesNotMatch(readFileSync(join(dist, name), 'utf8'), /^import |\bfrom '/m);
    }
  });
});
