import assert from 'node:assert/strict';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { ConfigError } from '@saoma/platform/config';
import { createSandbox } from '../kit/create-sandbox';
import { anOrder, aSandbox, aShop, call, openOrder } from '../spec-kit';
import { aPath, readBook } from './spec-kit';

const out_trade_no = 'T20260930-0001';

describe('a file that takes nothing', () => {
  /** A sandbox whose file's folder is gone, as it is when a disk is taken away. */
  async function cutOff(t: TestContext) {
    const home = aPath();
    mkdirSync(home);
    const shop = await aShop(t);
    const kit = await createSandbox({ file: path.join(home, 'book.json') });
    await openOrder(kit, { notify_url: `${shop.url}/n` });
    rmSync(home, { recursive: true });
    const comeBack = () => mkdirSync(home);
    t.after(async () => {
      mkdirSync(home, { recursive: true });
      await kit.close();
    });
    return { kit, shop, comeBack, file: path.join(home, 'book.json') };
  }

  test('makes every call a SYSTEMERROR, signed, until it takes something again', async (t) => {
    const { kit, comeBack, file } = await cutOff(t);
    const order = () => call(kit, '/pay/unifiedorder', anOrder({ out_trade_no: 'second' }));
    for (const answer of [await order(), await call(kit, '/pay/orderquery', { out_trade_no })]) {
      assert.deepEqual(
        [answer.get('result_code'), answer.get('err_code')],
        ['FAIL', 'SYSTEMERROR'],
      );
    }
    comeBack();
    assert.equal((await order()).get('result_code'), 'SUCCESS');
    assert.equal(readBook(file).book.trades.length, 2);
  });

  test('makes the control plane and the pages say so, in place of what they know', async (t) => {
    const { kit, shop, comeBack } = await cutOff(t);
    await assert.rejects(kit.control.pay({ out_trade_no }), { status: 500 });
    await assert.rejects(kit.control.trades(), { status: 500 });
    const pressed = await fetch(`${kit.url}/book/pay`, { method: 'POST', redirect: 'manual' });
    assert.deepEqual([pressed.status, pressed.headers.get('location')], [500, null]);
    assert.match(await pressed.text(), /could not be written/);
    // Nobody was told of a payment that a kill would have undone.
    assert.equal(shop.heard.length, 0);
    comeBack();
    await kit.control.advance(15_000);
    const { notices, trade_state } = await kit.control.trade(out_trade_no);
    assert.equal(trade_state, 'SUCCESS');
    assert.match(notices[0]?.reply ?? '', /not sent/);
    assert.equal(shop.heard.length, 1);
  });

  test('is told when the sandbox is closed', async () => {
    const home = aPath();
    mkdirSync(home);
    const kit = await createSandbox({ file: path.join(home, 'book.json') });
    rmSync(home, { recursive: true });
    await assert.rejects(openOrder(kit));
    await assert.rejects(kit.close(), /not in its file/);
  });
});

describe('the file', () => {
  test('is for its owner only, and free when the sandbox is closed', async () => {
    const file = aPath();
    writeFileSync(`${file}.new`, 'left by a process that was killed');
    chmodSync(`${file}.new`, 0o644);
    const kit = await createSandbox({ file });
    assert.equal(statSync(file).mode & 0o777, 0o600);
    await assert.rejects(createSandbox({ file }), inUse);
    await kit.close();
    const again = await createSandbox({ file });
    await again.close();
  });

  test('is taken over from a process that is dead, and from nobody else', async () => {
    const file = aPath();
    const lock = `${file}.lock`;
    // Larger than any number that a system gives.
    writeFileSync(lock, '999999999\n');
    await (await createSandbox({ file })).close();
    // The number of this process, as a container gives it to each: it has no such lock.
    writeFileSync(lock, `${process.pid}\n`);
    await (await createSandbox({ file })).close();
    for (const holder of [`${process.ppid}`, '']) {
      writeFileSync(lock, holder);
      await assert.rejects(createSandbox({ file }), inUse);
      assert.equal(readFileSync(lock, 'utf8'), holder);
    }
  });

  const inUse = (error: unknown) => {
    assert.ok(error instanceof ConfigError);
    assert.match(
      error.message,
      /SANDBOX_FILE: .* is in use by process .*\.lock says\. Two sandboxes/,
    );
    return true;
  };

  const damaged: [what: string, spoil: (text: string) => string, why: RegExp][] = [
    ['cut', (text) => text.slice(0, -1), /is not whole/],
    ['empty', () => '', /is not whole/],
    ['of another program', () => '{"orders":[]}', /is no book of this sandbox/],
    ['of a later release', (text) => text.replace('"version":1', '"version":2'), /has version 2/],
    ['with a member too many', (text) => text.replace('{', '{"more":1,'), /is damaged: .*more/],
    [
      'with a member too few',
      (text) => text.replace('"trade_state":"SUCCESS",', ''),
      /is damaged: book\.trades\.0\.trade_state/,
    ],
    [
      'with a payment of an order that is not paid',
      (text) => text.replace('"trade_state":"SUCCESS"', '"trade_state":"NOTPAY"'),
      /is damaged: book\.trades\.0: has a payment exactly if it is paid/,
    ],
    [
      'with a key that is none',
      (text) => text.replace('BEGIN PRIVATE KEY', 'BEGIN PRIVATE KE'),
      /is damaged: platform\.public_key\.private_key/,
    ],
    [
      'with orders of a merchant that nobody set up',
      (text) => text.replaceAll('"mch_id":"10000100"', '"mch_id":"10000101"'),
      /has orders of merchant 10000101, which is none/,
    ],
  ];
  for (const [what, spoil, why] of damaged) {
    test(`${what} is refused in words that tell no secret, and left as it is`, async (t) => {
      const file = aPath();
      const kit = await aSandbox(t, { file });
      await openOrder(kit);
      await kit.control.pay({ out_trade_no });
      const copy = aPath();
      const text = spoil(readFileSync(file, 'utf8'));
      writeFileSync(copy, text);
      await assert.rejects(createSandbox({ file: copy }), (error) => {
        assert.ok(error instanceof ConfigError);
        assert.match(error.message, why);
        assert.ok(error.message.includes(copy));
        assert.ok(error.message.length < 400, error.message);
        return true;
      });
      assert.equal(readFileSync(copy, 'utf8'), text);
      // Whoever puts it right can begin at once.
      copyFileSync(file, copy);
      await (await createSandbox({ file: copy })).close();
    });
  }
});
