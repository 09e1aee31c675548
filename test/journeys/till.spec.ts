import assert from 'node:assert/strict';
import { it } from 'node:test';
import { loseRefundAnswers } from '../support/console';
import { expected } from '../support/http';
import { byLink, partsOf, payByLink } from '../support/shop-order';
import type { System } from '../support/system';
import { atTheTill } from '../support/till';
import { moneyComes } from '../support/true-notice';
import { until } from '../support/until';

/** WeChat takes no refund of this payment, until what this gives is called. */
function refuseRefund({ sandbox }: System, out_trade_no: string): Promise<() => Promise<void>> {
  const match = { call: 'refund', out_trade_no };
  return sandbox.fault({ kind: 'reset', phase: 'before', times: 1_000, match });
}

atTheTill('a till on another origin', (visit) => {
  it('tells of the one sale that it names, and of no former one', async (t) => {
    const { system, page, troubles, take, line } = await visit(t);
    const first = await take('till-C', 100);
    const given = page.waitForEvent('requestfailed');
    const second = await take('till-D', 99_900);
    assert.ok((await given).url().includes(partsOf(first).out_trade_no));
    const paid = await payByLink(system, first);
    const shop = await system.shopper({ roles: ['operator'] });
    await until('it is paid', async () => (await shop.payment(paid)).trade_state === 'SUCCESS');
    assert.ok(await line('till-D, 99900 fen: waiting').isVisible());
    assert.equal(await page.getAttribute('#sale a', 'href'), second);
    await payByLink(system, second);
    await line('till-D, 99900 fen: SUCCESS').waitFor();
    await take('till-C', 100, 'SUCCESS');
    assert.deepEqual(troubles, []);
  });

  it('gives back what the button names, and says when it is back', async (t) => {
    const { system, page, troubles, take, line, lookUntil } = await visit(t);
    const button = page.getByRole('button', { name: 'Give 700 fen of till-A back' });
    const out_trade_no = await payByLink(system, await take('till-A', 700));
    const accepts = await refuseRefund(system, out_trade_no);
    await button.waitFor();
    await take('till-B', 900);
    assert.equal(await button.count(), 0);
    await take('till-A', 700, 'SUCCESS');
    await button.click();
    await line('till-A, 700 fen: SUCCESS. Its last refund: not confirmed by WeChat').waitFor();
    // Another cashier must not pay it in cash.
    await take('till-A', 700, 'SUCCESS. Its last refund: not confirmed by WeChat yet');
    await accepts();
    await lookUntil('till-A, 700 fen: REFUND. Its last refund: given back. Of this sale 700 fen');
    await take('till-A', 700, 'REFUND. Its last refund: given back. Of this sale 700 fen');
    assert.equal(await page.locator('#sale button').count(), 0);
    assert.deepEqual(troubles, []);
  });

  it('lets the cashier look again when the answer to a refund is lost', async (t) => {
    const { system, page, take, lookUntil } = await visit(t);
    const out_trade_no = await payByLink(system, await take('till-F', 300));
    const accepts = await refuseRefund(system, out_trade_no);
    const give = page.getByRole('button', { name: 'Give 300 fen of till-F back' });
    await give.waitFor();
    await page.route('**/refunds', (route) => route.abort());
    await give.click();
    await page.getByRole('button', { name: 'Look again' }).waitFor();
    await page.unroute('**/refunds');
    await page.getByRole('button', { name: 'Look again' }).click();
    await give.waitFor();
    const sent = `SELECT * FROM tb_refund WHERE out_trade_no = '${out_trade_no}'`;
    assert.deepEqual(await system.rows(sent), []);
    await loseRefundAnswers(page);
    await give.click();
    await page.getByRole('button', { name: 'Look again' }).waitFor();
    await accepts();
    await lookUntil('till-F, 300 fen: REFUND. Its last refund: given back');
  });

  it('tells what has gone back in all, also when its own refund came too late', async (t) => {
    const { system, page, take, line, lookUntil } = await visit(t);
    const out_trade_no = await payByLink(system, await take('till-G', 1_800));
    const give = page.getByRole('button', { name: 'Give 1800 fen of till-G back' });
    await give.waitFor();
    const match = { notice: 'refund', out_trade_no };
    const tells = await system.sandbox.fault({ kind: 'drop', times: 1_000, match });
    const notify_url = `${system.url()}/pay/refundNotify`;
    await system.sandbox.refundInConsole({ out_trade_no, refund_fee: 1_800, notify_url });
    await give.click();
    await lookUntil("Before you give cash, look in WeChat's console");
    await tells();
    await system.sandbox.notifyOfRefund(out_trade_no);
    await lookUntil('Of this sale 1800 fen have gone back in all');
    assert.ok(await line('by this refund nothing went back').isVisible());
  });

  it('gives back what is left when a part has gone back elsewhere', async (t) => {
    const { system, page, take, line, lookUntil } = await visit(t);
    const out_trade_no = await payByLink(system, await take('till-H', 1_800));
    const give = (fee: number) =>
      page.getByRole('button', { name: `Give ${fee} fen of till-H back` });
    await give(1_800).waitFor();
    const operator = await system.shopper({ roles: ['operator'] });
    const notify_url = `${system.url()}/pay/refundNotify`;
    await system.sandbox.refundInConsole({ out_trade_no, refund_fee: 800, notify_url });
    await operator.paymentIn('REFUND', out_trade_no);
    await give(1_800).click();
    await line('till-H, 1800 fen: REFUND. Nothing was given back by this.').waitFor();
    assert.ok(await line('1000 fen are left of the payment. Of this sale 800 fen').isVisible());
    await give(1_000).waitFor();
    await page.getByRole('button', { name: 'Look again' }).waitFor();
    await take('till-H', 1_800, 'REFUND. Of this sale 800 fen have gone back in all');
    await give(1_000).click();
    await lookUntil('given back. Of this sale 1800 fen have gone back in all');
  });

  it('tells the cashier that an operator has to pay it out', async (t) => {
    const { system, page, take, lookUntil } = await visit(t);
    const out_trade_no = await payByLink(system, await take('till-I', 200));
    const match = { call: 'refund', out_trade_no };
    await system.sandbox.fault({ kind: 'refund_ending', ending: 'CHANGE', match });
    await page.getByRole('button', { name: 'Give 200 fen of till-I back' }).click();
    await lookUntil('an operator has to pay it out');
  });

  it('says that the shop must look into money, and invites nobody to pay', async (t) => {
    const { system, page, troubles, sell, take, line } = await visit(t);
    const must = 'the shop must look into: the customer must not pay again';
    const link = page.locator('#sale a');
    const { out_trade_no } = partsOf(await take('till-J', 600));
    await moneyComes(system, { out_trade_no, total_fee: 1 });
    await line(must).waitFor();
    assert.equal(await link.count(), 0);
    await take('till-K', 100);
    await sell('till-J', 600);
    await line(`till-J, 600 fen: waiting. WeChat has money for it that ${must}`).waitFor();
    assert.equal(await link.count(), 0);
    const shop = await system.shopper({ user_id: 'till-shop', roles: ['shop'] });
    await shop.close(out_trade_no);
    await line(`till-J, 600 fen: CLOSED. WeChat has money for it that ${must}`).waitFor();
    assert.deepEqual(troubles, []);
  });

  it('invites nobody to pay what is being closed or is unknown', async (t) => {
    const { system, page, sell, take, line } = await visit(t);
    const pay_url = await take('till-L', 600);
    const { out_trade_no } = partsOf(pay_url);
    const payer = await byLink(system.url(), pay_url);
    await payer.createNative(out_trade_no);
    const fault = { kind: 'reset', phase: 'before', times: 1_000 } as const;
    const match = { call: 'orderquery', out_trade_no };
    const answers = await system.sandbox.fault({ ...fault, match });
    const shop = await system.shopper({ user_id: 'till-shop', roles: ['shop'] });
    await until('WeChat cannot be asked', async () => {
      return (await shop.payment(out_trade_no)).unknown_time !== null;
    });
    await sell('till-L', 600);
    await line('till-L, 600 fen: waiting. WeChat cannot be asked about it').waitFor();
    assert.equal(await page.locator('#sale a').count(), 0);
    await shop.close(out_trade_no);
    const both =
      'It is being closed: take no other money for it before it is CLOSED. WeChat cannot';
    await line(`till-L, 600 fen: waiting. ${both}`).waitFor();
    await answers();
    await line('till-L, 600 fen: CLOSED').waitFor();
  });

  it("tells of refunds without an operator's token, and offers none", async (t) => {
    const { system, page, take, line, lookUntil } = await visit(t);
    await page.fill('[name=operator]', '');
    const out_trade_no = await payByLink(system, await take('till-E', 500));
    await line('till-E, 500 fen: SUCCESS').waitFor();
    assert.equal(await page.getByRole('button').count(), 1);
    const accepts = await refuseRefund(system, out_trade_no);
    const operator = await system.shopper({ roles: ['operator'] });
    expected(201, await operator.refund(out_trade_no, 500));
    await take('till-E', 500, 'SUCCESS. Its last refund: not confirmed by WeChat yet');
    await accepts();
    await lookUntil('till-E, 500 fen: REFUND. Its last refund: given back');
  });
});
