import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Page } from 'playwright-core';
import { assertAccessible } from '../support/accessibility';
import { quickMoney } from '../support/every-way';
import { expected } from '../support/http';
import { inBrowser } from '../support/in-browser';
import { bought, isShown } from '../support/pay-page';
import { until } from '../support/until';

const whole = 6_810;
const stages = [
  { refund_fee: 1_000, title: '已支付，部分已退款', more: '其中已退款 ￥10.00', badge: '部分退款' },
  { refund_fee: whole, title: '已退款', more: '已全部退款 ￥68.10', badge: '已退款' },
];

const headline = (page: Page) => page.innerText('#headline');

inBrowser(
  'a payment whose money went back',
  { stores: 'sqlite', env: quickMoney },
  (system, browser) => {
    it('is nowhere plainly paid, be it a part of the money or all of it', async () => {
      const visit = await bought(browser(), system().url());
      const { page, context, shopper, out_trade_no, code_url } = visit;
      await system().sandbox.pay(code_url);
      await page.waitForURL(/paysuccess\.html/);
      await until('the payment', async () => (await headline(page)) === '支付成功');
      const operator = await system().shopper({ roles: ['operator'] });
      let back = 0;
      for (const { refund_fee, title, more, badge } of stages) {
        expected(201, await operator.refund(out_trade_no, refund_fee - back));
        await until('the money to be back', async () => {
          return (await shopper.payment(out_trade_no)).refund_fee === refund_fee;
        });
        back = refund_fee;
        for (const name of ['paysuccess', 'payfail', 'pay']) {
          await page.goto(`${system().url()}/${name}.html?out_trade_no=${out_trade_no}`);
          await isShown(page, more);
          assert.equal(await headline(page), title, name);
          assert.equal(await page.locator('.mark.good').count(), 0, name);
          await assertAccessible(page, title);
        }
        await page.goto(`${system().url()}/payments.html`);
        await page.waitForSelector('.payment');
        assert.deepEqual(await page.locator('.badge').allInnerTexts(), [badge]);
      }
      await context.close();
    });
  },
);
