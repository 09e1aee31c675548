import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RequestMethod } from '@nestjs/common';
import { ControlController } from '../control/control.controller';
import { aSandbox, aShop, openOrder } from '../spec-kit';
import { yuan } from '../yuan';
import { readyFaults } from './book-tools';

const out_trade_no = 'T20260930-0001';
type Kit = Awaited<ReturnType<typeof aSandbox>>;

async function open(kit: Kit, path: string) {
  const response = await fetch(kit.url + path);
  const text = await response.text();
  return { status: response.status, headers: response.headers, text };
}

const phone = (code_url: string, more = '') =>
  `/phone?code_url=${encodeURIComponent(code_url)}${more}`;
const screenOf = ({ text }: { text: string }) => /data-screen="(\w+)"/.exec(text)?.[1];

/** Presses a button, and answers the page that the browser shows next. */
async function press(kit: Kit, path: string, form: Record<string, string>) {
  const body = new URLSearchParams(form);
  const response = await fetch(kit.url + path, { method: 'POST', body });
  return { status: response.status, url: response.url, text: await response.text() };
}

describe('the phone', () => {
  test('shows shop, item and amount; Pay pays once and shows the tick', async (t) => {
    const kit = await aSandbox(t);
    const shop = await aShop(t);
    const code_url = await openOrder(kit, { total_fee: '6810', notify_url: `${shop.url}/n` });
    const page = await open(kit, phone(code_url));
    assert.equal(screenOf(page), 'payable');
    for (const text of ['68.10', 'Saoma 沙箱商户', '收银台-测试商品', '立即支付', out_trade_no]) {
      assert.ok(page.text.includes(text), text);
    }
    const done = await press(kit, '/phone/pay', { code_url, payer: '1' });
    assert.equal(screenOf(done), 'done');
    assert.match(done.text, /支付成功/);
    const again = await press(kit, '/phone/pay', { code_url, payer: '1' });
    assert.equal(screenOf(again), 'paid');
    await kit.control.advance(0);
    assert.equal(shop.heard.length, 1);
  });

  test('Cancel pays nothing, and the payer may think again', async (t) => {
    const kit = await aSandbox(t);
    const code_url = await openOrder(kit);
    const cancelled = await press(kit, '/phone/cancel', { code_url, payer: '1' });
    assert.equal(screenOf(cancelled), 'cancelled');
    assert.equal((await kit.control.trade(out_trade_no)).trade_state, 'NOTPAY');
    assert.equal(screenOf(await press(kit, '/phone/pay', { code_url, payer: '1' })), 'done');
  });

  test('another payer cannot pay what the first has scanned', async (t) => {
    const kit = await aSandbox(t);
    const code_url = await openOrder(kit);
    await open(kit, phone(code_url));
    const foreign = await open(kit, phone(code_url, '&payer=2'));
    assert.equal(screenOf(foreign), 'foreign');
    assert.match(foreign.text, /商家订单信息有误，请重新下单支付/);
    await press(kit, '/phone/pay', { code_url, payer: '2' });
    assert.equal((await kit.control.trade(out_trade_no)).trade_state, 'NOTPAY');
    const second = await openOrder(kit, { out_trade_no: 'T-second' });
    assert.equal(
      screenOf(await press(kit, '/phone/pay', { code_url: second, payer: '2' })),
      'done',
    );
    assert.equal((await kit.control.trade('T-second')).openid, 'oUpF8uN95-Ptaags6E_roPHg7AG0');
  });

  test('tells of dead codes, closed orders and codes that are not its own', async (t) => {
    const kit = await aSandbox(t);
    const old = await openOrder(kit);
    const code_url = await openOrder(kit);
    assert.equal(screenOf(await open(kit, phone(old))), 'expired');
    await kit.control.advance(7_200_000);
    assert.equal(screenOf(await open(kit, phone(code_url))), 'expired');
    await kit.control.advance(7 * 86_400_000);
    assert.equal(screenOf(await open(kit, phone(code_url))), 'closed');
    const unknown = await open(kit, phone('weixin://wxpay/bizpayurl?pr=unknown'));
    assert.deepEqual([unknown.status, screenOf(unknown)], [404, 'unknown']);
    assert.equal(screenOf(await open(kit, '/phone')), 'scan');
  });
});

describe('the book', () => {
  test('lists orders, refunds, notices with our answers, and faults', async (t) => {
    const kit = await aSandbox(t);
    const shop = await aShop(t, () => '<xml><return_code>FAIL</return_code></xml>');
    await openOrder(kit, { notify_url: `${shop.url}/n` });
    await kit.control.fault({ match: { call: 'closeorder' }, kind: 'black_hole' });
    await kit.control.pay({ out_trade_no });
    await kit.control.advance(15_000);
    const { text } = await open(kit, '/book');
    const shown = [out_trade_no, '已支付', '¥1.01', '&lt;return_code&gt;FAIL', '#1', 'black_hole'];
    for (const each of shown) assert.ok(text.includes(each), each);
  });

  test('one click pays, resends or forges', async (t) => {
    const kit = await aSandbox(t);
    const shop = await aShop(t);
    await openOrder(kit, { notify_url: `${shop.url}/n` });
    const form = { mch_id: '10000100', out_trade_no };
    await press(kit, '/book/forge', form);
    assert.equal((await kit.control.trade(out_trade_no)).trade_state, 'NOTPAY');
    await press(kit, '/book/pay', form);
    const last = await press(kit, '/book/resend', form);
    assert.match(last.url, /\/book$/);
    const { notices, trade_state } = await kit.control.trade(out_trade_no);
    assert.equal(trade_state, 'SUCCESS');
    assert.deepEqual(
      notices.map(({ fault, repeat }) => [fault, repeat]),
      [
        ['forged', null],
        [undefined, 0],
        [undefined, null],
      ],
    );
    assert.equal((await press(kit, '/book/pay', { mch_id: '1', out_trade_no: 'x' })).status, 200);
  });
});

describe('the buttons of the book', () => {
  test('each orders a fault that then fires, and all can be forgotten', async (t) => {
    const kit = await aSandbox(t);
    for (const number of readyFaults.keys()) {
      assert.match((await press(kit, '/book/fault', { number: `${number}` })).url, /\/book$/);
    }
    const faults = await kit.control.faults();
    assert.deepEqual(
      faults.map(({ kind, match }) => ({ kind, match })),
      readyFaults.map(({ rule: { kind, match } }) => ({ kind, match })),
    );
    await press(kit, '/book/fault', { number: '99' });
    await press(kit, '/book/fault', {});
    assert.equal((await kit.control.faults()).length, readyFaults.length);
    await press(kit, '/book/forget-faults', {});
    assert.deepEqual(await kit.control.faults(), []);
  });

  test('turn the clock by what they say and nothing else', async (t) => {
    const kit = await aSandbox(t, { at: '2026-09-30T10:15:00+08:00' });
    for (const advance_ms of ['300000', '7', '-1', '']) {
      await press(kit, '/book/clock', { advance_ms });
    }
    assert.equal(await kit.control.advance(0), '2026-09-30T02:20:00.000Z');
  });
});

test('the help page has a line of curl for every call of the control plane', async (t) => {
  const kit = await aSandbox(t);
  const { text } = await open(kit, '/_sandbox');
  const handlers = Object.getOwnPropertyNames(ControlController.prototype).flatMap((name) => {
    const handler = ControlController.prototype[name as keyof ControlController];
    const path: string | undefined = Reflect.getMetadata('path', handler);
    const method = RequestMethod[Reflect.getMetadata('method', handler)];
    // The class itself has a path too.
    if (path === undefined || method === undefined) return [];
    return [`${method} /_sandbox/${path}`.replace(/\/+$/, '')];
  });
  const told = [...text.matchAll(/data-call="([^"]+)"/g)].map(([, call]) => call);
  assert.deepEqual(told.sort(), handlers.sort());
  const curl = `curl -d &#39;{&quot;out_trade_no&quot;:&quot;${out_trade_no}&quot;}&#39;`;
  assert.ok(text.includes(`${curl} &#39;${kit.url}/_sandbox/pay&#39;`));
});

test('what the help page says of curl is done by it', async (t) => {
  const kit = await aSandbox(t);
  const { text } = await open(kit, '/_sandbox');
  const plain = text.replaceAll('&#39;', "'").replaceAll('&quot;', '"');
  const lines = [...plain.matchAll(/curl (?:-d '(.*?)' |-X ([A-Z]+) )?'(.*?)'/g)];
  assert.ok(lines.length > 15);
  await openOrder(kit, { out_trade_no });
  for (const [line, body, method = body ? 'POST' : 'GET', url = ''] of lines) {
    const { status } = await fetch(url, { method, ...(body && { body }) });
    assert.ok(status < 300, `${line}: ${status}`);
  }
});

test('a page speaks one language: the browser’s, until another is chosen', async (t) => {
  const kit = await aSandbox(t);
  const code_url = await openOrder(kit);
  const look = async (path: string, headers: Record<string, string>) => {
    const page = await (await fetch(kit.url + path, { headers })).text();
    return [page.includes('付款给'), page.includes('Pay to')];
  };
  const here = phone(code_url);
  assert.deepEqual(await look(here, { 'accept-language': 'zh-CN,en;q=0.5' }), [true, false]);
  assert.deepEqual(await look(here, { 'accept-language': 'en-GB,zh;q=0.5' }), [false, true]);
  // Nobody who has no wish is a person: WeChat's own words.
  assert.deepEqual(await look(here, {}), [true, false]);
  const chosen = await fetch(`${kit.url}/language`, {
    method: 'POST',
    body: new URLSearchParams({ language: 'en', back: here }),
    redirect: 'manual',
  });
  assert.equal(chosen.headers.get('location'), here);
  const [cookie = ''] = chosen.headers.get('set-cookie')?.split(';') ?? [];
  assert.deepEqual(await look(here, { cookie, 'accept-language': 'zh' }), [false, true]);
  for (const back of ['https://evil.example/book', '//evil.example/book', '/\\evil.example/book']) {
    const body = new URLSearchParams({ language: 'en', back });
    const answer = await fetch(`${kit.url}/language`, { method: 'POST', body, redirect: 'manual' });
    assert.equal(answer.headers.get('location'), '/book');
  }
});

test('no page runs or loads anything, and what merchants say stays text', async (t) => {
  const kit = await aSandbox(t);
  const code_url = await openOrder(kit, { body: '<script>alert(1)</script>"&' });
  for (const path of [
    '/book',
    '/_sandbox',
    phone(code_url),
    '/phone?code_url=%22%3E%3Cscript%3E',
  ]) {
    const { text, headers } = await open(kit, path);
    assert.doesNotMatch(text, /<script/, path);
    const policy = headers.get('content-security-policy') ?? '';
    assert.match(policy, /^default-src 'none'; style-src 'sha256-/);
    assert.doesNotMatch(policy, /unsafe|script-src/);
    assert.equal(headers.get('cache-control'), 'no-store');
  }
});

test('fen are read as yuan', () => {
  for (const [fen, text] of [
    [1, '0.01'],
    [10, '0.10'],
    [6810, '68.10'],
    [9_999_999_999, '99999999.99'],
  ] as const) {
    assert.equal(yuan(fen), text);
  }
});
