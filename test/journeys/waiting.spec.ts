import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ask } from '../support/http';
import { onEveryStore } from '../support/on-stores';
import { opened } from '../support/opened';
import { until } from '../support/until';

const quick = { QR_WAIT_MS: '700' };
onEveryStore(
  'a page that waits shortly',
  { env: { 'cart-gateway': quick, 'order-service': quick } },
  (system) => {
    it('is told of the time-out, gets the same code, is told of the payment', async () => {
      const { shopper, out_trade_no, code_url } = await opened(system());
      const late = { success: false, message: '二维码超时' };
      assert.deepEqual(await shopper.queryPayStatus(out_trade_no), late);
      const again = await shopper.createNative(out_trade_no);
      assert.equal(again.code_url, code_url);
      assert.deepEqual(await shopper.queryPayStatus(out_trade_no), late);
      await system().sandbox.pay(code_url);
      await shopper.paymentIn('SUCCESS', out_trade_no);
      const paid = { success: true, message: '支付成功' };
      assert.deepEqual(await shopper.queryPayStatus(out_trade_no), paid);
    });

    it('is told 支付出错, byte-equal, for every number that is not its own to pay', async () => {
      const { out_trade_no } = await opened(system());
      const stranger = await system().shopper();
      const queries = [
        '',
        '?out_trade_no=',
        '?out_trade_no=12345',
        `?out_trade_no=${out_trade_no}`,
        '?out_trade_no=abc',
        '?out_trade_no=-1',
        `?out_trade_no=${'9'.repeat(21)}`,
        `?out_trade_no=${'9'.repeat(5_000)}`,
        '?out_trade_no=1%27%20OR%201=1',
        `?out_trade_no=${out_trade_no}&out_trade_no=${out_trade_no}`,
        '?out_trade_no[]=1',
        '?money=0.01',
      ];
      const answers = await Promise.all(
        queries.flatMap((query) =>
          ['', '.do'].map((ending) => stranger.ask('GET', `/pay/queryPayStatus${ending}${query}`)),
        ),
      );
      for (const { status, text } of answers) {
        assert.equal(status, 200);
        assert.equal(text, answers[0]?.text);
        assert.deepEqual(JSON.parse(text), { success: false, message: '支付出错' });
      }
    });

    it('just waits while the order service is away', async () => {
      const { shopper, out_trade_no, code_url } = await opened(system());
      const waiting = shopper.queryPayStatus(out_trade_no);
      await system().order.kill();
      await system().sandbox.pay(code_url);
      const answer = await waiting;
      assert.deepEqual(answer, { success: false, message: '二维码超时' });
      await system().order.start();
      await until('the payment to be told', async () => {
        const { success } = await shopper.queryPayStatus(out_trade_no);
        return success;
      });
    });
  },
);

const roomy = { env: { 'cart-gateway': { WAITING_PER_USER_MAX: '60' } } };
onEveryStore('a page that waits long', roomy, (system, stores) => {
  it('many pages wait at once, and each is told when its payment is paid', async () => {
    const { shopper, out_trade_no, code_url } = await opened(system());
    const other = await opened(system());
    const waits = Array.from({ length: 60 }, () => shopper.queryPayStatus(out_trade_no));
    const unpaid = await other.shopper.events(other.out_trade_no);
    await system().sandbox.pay(code_url);
    const paid = { success: true, message: '支付成功' };
    for (const answer of await Promise.all(waits)) assert.deepEqual(answer, paid);
    assert.equal((await other.shopper.payment(other.out_trade_no)).trade_state, 'NOTPAY');
    unpaid.stop();
  });

  it('events tell the payment at once and at each change, and end when it is over', async () => {
    const { shopper, out_trade_no, code_url } = await opened(system());
    const reader = await shopper.events(out_trade_no);
    assert.equal(reader.response.status, 200);
    assert.match(reader.response.headers.get('content-type') ?? '', /^text\/event-stream/);
    const seen: { id: string | undefined; payment: unknown }[] = [];
    for await (const { event, id, data } of reader) {
      if (event !== 'payment') continue;
      const payment = JSON.parse(data ?? '') as { trade_state: string };
      seen.push({ id, payment });
      if (payment.trade_state === 'NOTPAY') await system().sandbox.pay(code_url);
    }
    assert.equal(seen.length, 2);
    assert.deepEqual(seen[1]?.payment, await shopper.payment(out_trade_no));
    const last = seen[1]?.id ?? '';
    assert.notEqual(last, seen[0]?.id);
    const back = await shopper.events(out_trade_no, { 'last-event-id': last });
    assert.equal(back.response.status, 204);
    const anew = await shopper.events(out_trade_no);
    const told: unknown[] = [];
    for await (const { event, data } of anew) if (event) told.push(JSON.parse(data ?? ''));
    assert.deepEqual(told, [await shopper.payment(out_trade_no)]);
  });

  // A matter of the gateway alone, and a long one: once is enough.
  if (stores === 'sqlite') {
    it('a quiet stream says a comment line at least every 15 s', async () => {
      const { shopper, out_trade_no } = await opened(system());
      const reader = await shopper.events(out_trade_no);
      const began = Date.now();
      let comments = 0;
      for await (const { comment } of reader) {
        if (comment === undefined) continue;
        comments += 1;
        if (Date.now() - began > 1_000) break;
      }
      assert.ok(comments >= 1);
      reader.stop();
    });
  }

  it("someone else's stream is not found, and nobody's needs sign-in", async () => {
    const { out_trade_no } = await opened(system());
    const stranger = await system().shopper();
    const path = `/api/payments/${out_trade_no}/events`;
    assert.equal((await stranger.ask('GET', path)).status, 404);
    assert.equal((await stranger.ask('GET', '/api/payments/12345/events')).status, 404);
    assert.equal((await ask('GET', system().url() + path)).status, 401);
  });

  it('a gateway with pages and streams that wait still stops cleanly', async () => {
    const { shopper, out_trade_no } = await opened(system());
    const reader = await shopper.events(out_trade_no);
    const waiting = shopper.queryPayStatus(out_trade_no).then(
      () => 'answered',
      () => 'cut',
    );
    await until('both to wait', () => reader.response.status === 200);
    await system().gateway.stop();
    assert.match(await waiting, /answered|cut/);
    reader.stop();
    await system().gateway.start();
  });
});
