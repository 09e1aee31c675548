import assert from 'node:assert/strict';
import { it } from 'node:test';
import { byLink, partsOf, payByLink } from '../support/shop-order';
import type { System } from '../support/system';
import { TcpProxy } from '../support/tcp-proxy';
import { atTheTill, type Till } from '../support/till';
import { moneyComes } from '../support/true-notice';

const unheard = 'Nobody knows whether it is paid. Take no other money: take the same order again';
const signIn = '请先登录';
const gatewayAway = 'The gateway does not answer: Failed to fetch';

/** The shop's own refund of money that came besides has failed. */
function failRefunds(system: System, out_trade_no: string, status: string): Promise<unknown> {
  return system.change(
    `UPDATE tb_refund SET status = '${status}' WHERE out_trade_no = '${out_trade_no}'`,
  );
}

/** From now on these requests of the page are lost, until what this gives is called. */
async function lose({ page }: Till, what: RegExp): Promise<() => Promise<void>> {
  await page.route(what, (route) => route.abort());
  return () => page.unroute(what);
}

/** From now on these requests of the page have a token that is none. */
async function forget({ page }: Till, what: string): Promise<() => Promise<void>> {
  await page.route(what, (route) => {
    const headers = { ...route.request().headers(), authorization: 'Bearer abc' };
    return route.continue({ headers });
  });
  return () => page.unroute(what);
}

atTheTill('a till that cannot see all', (visit) => {
  it("says what is paid also when the operator's token is none", async (t) => {
    const { system, fill, take, line, button } = await visit(t);
    await fill({ operator: 'abc' });
    await payByLink(system, await take('till-M', 700));
    await button('Give 700 fen of till-M back').click();
    await line(`till-M, 700 fen: SUCCESS. Nothing was given back by this. ${signIn}`).waitFor();
    assert.equal(await line('Whether it is recorded').count(), 0);
  });

  it("says what was heard last when the shop's token has ended, and can look again", async (t) => {
    const till = await visit(t);
    const { system, take, line, button } = till;
    const heals = await forget(till, '**/refunds');
    await payByLink(system, await take('till-N', 700));
    const again = button('Look again');
    await line(`till-N, 700 fen: SUCCESS. Refunds cannot be seen: ${signIn}`).waitFor();
    await heals();
    await again.click();
    await button('Give 700 fen of till-N back').waitFor();
    const works = await forget(till, '**/events');
    await till.sell('till-O', 700);
    await line(`till-O, 700 fen: waiting. ${signIn}`).waitFor();
    assert.ok(await line(unheard).isVisible());
    await works();
    await again.click();
    await line('till-O, 700 fen: waiting. Pay here').waitFor();
  });

  it('keeps the state that it has heard when the next answer is lost', async (t) => {
    const till = await visit(t);
    const { system, take, line, button } = till;
    const pay_url = await take('till-P', 700);
    const heals = await lose(till, /\/api\/payments\/\d+(\/refunds)?$/);
    await payByLink(system, pay_url);
    await line(`till-P, 700 fen: SUCCESS. Refunds cannot be seen: ${gatewayAway}`).waitFor();
    await heals();
    await button('Look again').click();
    await button('Give 700 fen of till-P back').waitFor();
  });

  it('says that nobody knows whether it is paid when the answer to opening is lost', async (t) => {
    const till = await visit(t);
    const { sell, line, button } = till;
    const heals = await lose(till, /\/api\/payments$/);
    await sell('till-Q', 700);
    await line(`till-Q, 700 fen: ${gatewayAway}. ${unheard}`).waitFor();
    await heals();
    await button('Look again').click();
    await line('till-Q, 700 fen: waiting. Pay here').waitFor();
    await till.fill({ token: 'abc' });
    await sell('till-Q', 700);
    await line('No payment was opened by this. If the order was taken before').waitFor();
    assert.equal(await button('Look again').count(), 0);
  });

  it('says while the connection is lost that nothing is heard', async (t) => {
    const { system, page, fill, take, line } = await visit(t);
    const proxy = await TcpProxy.start(Number(new URL(system.url()).port));
    t.after(() => proxy.stop());
    await fill({ url: `http://127.0.0.1:${proxy.port}` });
    const pay_url = await take('till-R', 700);
    proxy.refuse();
    proxy.reset();
    await line(`till-R, 700 fen: waiting. ${gatewayAway}. ${unheard}`).waitFor();
    assert.equal(await page.locator('#sale a').count(), 0);
    proxy.heal();
    await line('till-R, 700 fen: waiting. Pay here').waitFor();
    await payByLink(system, pay_url);
    await line('till-R, 700 fen: SUCCESS').waitFor();
  });

  it('says that money of a second payment goes back by itself', async (t) => {
    const { system, take, line, button } = await visit(t);
    const out_trade_no = await payByLink(system, await take('till-S', 700));
    await button('Give 700 fen of till-S back').waitFor();
    await moneyComes(system, { out_trade_no, total_fee: 700 });
    const twice = 'It was paid twice: 700 fen of the second payment go back by themselves.';
    await take('till-S', 700, `SUCCESS. ${twice} Give nothing back for that.`);
    await failRefunds(system, out_trade_no, 'REFUNDCLOSE');
    await button('Look again').click();
    await line('700 fen that came too late, or a second time, did not go back').waitFor();
    assert.equal(await line(twice).count(), 0);
  });

  it('says that money came after the close, and that no goods are given for it', async (t) => {
    const { system, take, line } = await visit(t);
    const pay_url = await take('till-T', 700);
    const { out_trade_no } = partsOf(pay_url);
    await (await byLink(system.url(), pay_url)).createNative(out_trade_no);
    const shop = await system.shopper({ user_id: 'till-shop', roles: ['shop'] });
    await shop.close(out_trade_no);
    await line('till-T, 700 fen: CLOSED').waitFor();
    await moneyComes(system, { out_trade_no, total_fee: 700 });
    const late = 'The money came too late and goes back by itself: give no goods for it';
    await take('till-T', 700, `CLOSED. ${late}, and no cash.`);
    await failRefunds(system, out_trade_no, 'CHANGE');
    await take('till-T', 700, 'CLOSED. 700 fen that came too late, or a second time, did not');
    assert.equal(await line(late).count(), 0);
  });

  it('tells of the payment that an order has with another amount', async (t) => {
    const { system, sell, take, line } = await visit(t);
    const pay_url = await take('till-U', 700);
    const opened = 'No payment of 900 fen was opened. 这个订单号已有一笔内容不同的支付';
    await sell('till-U', 900);
    await line(`till-U, 700 fen: waiting. ${opened}`).waitFor();
    await payByLink(system, pay_url);
    await line(`till-U, 700 fen: SUCCESS. ${opened}`).waitFor();
  });
});
