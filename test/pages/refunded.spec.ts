import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Page } from 'playwright-core';
import { assertAccessible } from '../support/accessibility';
import { quickMoney } from '../support/every-way';
import { expected } from '../support/http';
import { inBrowser } from '../support/in-browser';
import { bought, isShown } from '../support/pay-page';
import { moneyComes } from '../support/true-notice';
import { until } from '../support/until';

/** A page that follows money looks every 15 s in the end. */
const looksMsMax = 30_000;
const whole = 6_810;
const stages = [
  { refund_fee: 1_000, title: '已支付，部分已退款', more: '其中已退款 ￥10.00', badge: '部分退款' },
  { refund_fee: whole, title: '已退款', more: '已全部退款 ￥68.10', badge: '已退款' },
];

const headline = (page: Page) => page.innerText('#headline');
const comebacks = ['window focus', 'window online', 'window pageshow', 'document visibilitychange'];

async function comeBack(page: Page, how: string): Promise<void> {
  const [target, event] = how.split(' ');
  await page.evaluate(`${target}.dispatchEvent(new Event('${event}'))`);
}

inBrowser(
  'a payment whose money went back',
  { stores: 'sqlite', env: quickMoney },
  (system, browser) => {
    /** Two tabs that say that it is paid, and whoever gives the money back. */
    async function paid() {
      const visit = await bought(browser(), system().url());
      await system().sandbox.pay(visit.code_url);
      await visit.page.waitForURL(/paysuccess\.html/);
      const other = await visit.context.newPage();
      await other.goto(visit.page.url());
      const tabs = [visit.page, other];
      for (const tab of tabs) await isShown(tab, '支付成功');
      return { ...visit, tabs, operator: await system().shopper({ roles: ['operator'] }) };
    }

    /** A page with a clock of its own, whose refund WeChat has not been asked for. */
    async function refundedUnheard() {
      const { page, operator, out_trade_no, context } = await paid();
      await page.clock.install();
      await page.reload();
      await isShown(page, '支付成功');
      await system().pay.stop();
      expected(201, await operator.refund(out_trade_no, whole));
      return { page, context };
    }

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

    it('is told so by a page that said it was paid, when its reader comes back to it', async () => {
      const { tabs, context, shopper, operator, out_trade_no } = await paid();
      const part = 1_000;
      for (const [index, how] of comebacks.entries()) {
        expected(201, await operator.refund(out_trade_no, part));
        await until('the money to be back', async () => {
          return (await shopper.payment(out_trade_no)).refund_fee === part * (index + 1);
        });
        for (const tab of tabs) {
          await comeBack(tab, how);
          await isShown(tab, `其中已退款 ￥${index + 1}0.00`);
          assert.equal(await tab.locator('.mark.good').count(), 0);
        }
      }
      await context.close();
    });

    it('stays as it was told to whoever is signed in no more', async () => {
      const { page, context } = await paid();
      await context.clearCookies();
      const refused = page.waitForResponse((response) => response.status() === 401);
      await comeBack(page, 'window focus');
      await refused;
      await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))');
      assert.ok(await page.isVisible('.mark.good'));
      assert.ok(await page.getByText('支付成功').isVisible());
      await context.close();
    });

    for (const ending of ['REFUNDCLOSE', 'CHANGE']) {
      it(`is no longer promised once WeChat has ended it without money: ${ending}`, async () => {
        const { tabs, page, context, shopper, operator, out_trade_no } = await paid();
        const match = { call: 'refund' };
        await system().sandbox.fault({ kind: 'refund_ending', ending, match });
        await system().pay.stop();
        expected(201, await operator.refund(out_trade_no, 1_000));
        for (const tab of tabs) {
          await comeBack(tab, 'window focus');
          await isShown(tab, '￥10.00 的退款正在处理');
        }
        await system().pay.start();
        for (const tab of tabs) {
          await isShown(tab, '有一笔 ￥10.00 的退款未成功', looksMsMax);
          assert.equal(await tab.isVisible('#under-way'), false);
        }
        await page.click('#language');
        await isShown(page, 'A refund of ￥10.00 did not go through');
        await page.click('#language');
        await assertAccessible(page, 'a refund that did not go through');
        expected(201, await operator.refund(out_trade_no, 1_000));
        await until('the money to be back', async () => {
          return (await shopper.payment(out_trade_no)).refund_fee === 1_000;
        });
        await comeBack(page, 'window focus');
        await isShown(page, '其中已退款 ￥10.00');
        await page.waitForSelector('#failed', { state: 'hidden' });
        await context.close();
      });
    }

    type PaidVisit = Awaited<ReturnType<typeof paid>>;

    /** Refunds of so many fen are asked for before WeChat hears of any; some of them fail. */
    async function askedAtOnce(visit: PaidVisit, fees: readonly number[], which: object) {
      const { operator, out_trade_no } = visit;
      const match = { call: 'refund' };
      const ending = { kind: 'refund_ending', ending: 'REFUNDCLOSE', match };
      await system().sandbox.fault({ ...ending, ...which });
      await system().pay.stop();
      for (const fee of fees) expected(201, await operator.refund(out_trade_no, fee));
      await system().pay.start();
    }
    const isBack = ({ shopper, out_trade_no }: PaidVisit, fee: number) =>
      until('the money to be back', async () => {
        return (await shopper.payment(out_trade_no)).refund_fee === fee;
      });

    for (const fees of [
      [1_000, 2_000, 3_000],
      [2_000, 2_000, 2_000],
    ]) {
      it(`says what failed of several refunds that were asked for at once: ${fees}`, async () => {
        const visit = await paid();
        const { page, context, operator, out_trade_no } = visit;
        await askedAtOnce(visit, fees, { nth: 2 });
        await isBack(visit, 4_000);
        await comeBack(page, 'window focus');
        await isShown(page, '其中已退款 ￥40.00');
        await isShown(page, '有一笔 ￥20.00 的退款未成功');
        expected(201, await operator.refund(out_trade_no, 1_000));
        await isBack(visit, 5_000);
        await comeBack(page, 'window focus');
        await isShown(page, '其中已退款 ￥50.00');
        await isShown(
          page,
          '之后另外退了 ￥10.00（到账或正在办理）：如果是代替它的，还差 ￥10.00。',
        );
        assert.doesNotMatch(await page.innerText('#failed'), /20\.00/);
        expected(201, await operator.refund(out_trade_no, 1_810));
        await isBack(visit, whole);
        await comeBack(page, 'window focus');
        await isShown(page, '已全部退款 ￥68.10');
        assert.equal(await page.isVisible('#failed'), false);
        await context.close();
      });
    }

    it('a repeat makes good for one refund that failed, not for two', async () => {
      const visit = await paid();
      const { page, context, operator, out_trade_no } = visit;
      await askedAtOnce(visit, [1_000, 1_000], { times: 2 });
      await comeBack(page, 'window focus');
      await isShown(page, '有 2 笔退款未成功：￥10.00、￥10.00');
      await page.click('#language');
      await isShown(page, '2 refunds did not go through: ￥10.00, ￥10.00');
      await page.click('#language');
      expected(201, await operator.refund(out_trade_no, 1_000));
      await isBack(visit, 1_000);
      await comeBack(page, 'window focus');
      await isShown(page, '有一笔 ￥10.00 的退款未成功');
      await context.close();
    });

    it('is told to a reader who only leaves the page open', async () => {
      const { page, context } = await refundedUnheard();
      await until('the page to look', async () => {
        await page.clock.runFor(30_000);
        return page.isVisible('#under-way');
      });
      await system().pay.start();
      await context.close();
    });

    it('is followed as long as any other that begins long after it was paid', async () => {
      const { page, context } = await refundedUnheard();
      // Ten minutes after it was paid the page would look no more.
      await page.clock.fastForward(595_000);
      await isShown(page, '￥68.10 的退款正在处理');
      const looked = page.waitForResponse('**/refunds');
      await page.clock.runFor(15_000);
      await looked;
      await system().pay.start();
      await until('the page to look', async () => {
        await page.clock.runFor(15_000);
        return page.getByText('已全部退款 ￥68.10').isVisible();
      });
      await context.close();
    });

    it('is told apart from what somebody has paid besides', async () => {
      const { page, context, out_trade_no } = await paid();
      const transaction_id = '4200000009202611250000000008';
      await moneyComes(system(), { out_trade_no, total_fee: whole, transaction_id });
      await comeBack(page, 'window focus');
      await isShown(page, '付了 ￥68.10：将退回给那一笔的付款人');
      assert.equal(await headline(page), '支付成功');
      assert.equal(await page.isVisible('#under-way'), false);
      await page.click('#language');
      await isShown(page, 'paid once more: ￥68.10 is to go back to whoever paid that');
      await assertAccessible(page, 'paid once more');
      await context.close();
    });

    it('is back, not merely no more on its way, when it ends while the page looks', async () => {
      const { page, context, shopper, operator, out_trade_no } = await paid();
      await system().pay.stop();
      expected(201, await operator.refund(out_trade_no, whole));
      await comeBack(page, 'window focus');
      await isShown(page, '￥68.10 的退款正在处理');
      await page.route('**/refunds', async (route) => {
        await until('the money to be back', async () => {
          return (await shopper.payment(out_trade_no)).refund_fee === whole;
        });
        await route.continue();
      });
      await page.waitForRequest('**/refunds', { timeout: looksMsMax });
      await system().pay.start();
      await page.waitForSelector('#under-way', { state: 'hidden', timeout: looksMsMax });
      assert.equal(await headline(page), '已退款');
      await context.close();
    });

    it('is told while it is on its way, and when it has arrived', async () => {
      const { tabs, page, context, shopper, operator, out_trade_no } = await paid();
      await system().pay.stop();
      expected(201, await operator.refund(out_trade_no, whole));
      await comeBack(page, 'window focus');
      await tabs[1]?.reload();
      for (const tab of tabs) await isShown(tab, '￥68.10 的退款正在处理');
      await assertAccessible(page, 'a refund under way');
      await page.click('#language');
      await isShown(page, 'A refund of ￥68.10 is being processed');
      await page.click('#language');
      for (const list of ['payments', 'orders']) {
        await page.goto(`${system().url()}/${list}.html`);
        await page.click('.more a');
        await isShown(page, '￥68.10 的退款正在处理');
      }
      await system().pay.start();
      await until('the money to be back', async () => {
        return (await shopper.payment(out_trade_no)).refund_fee === whole;
      });
      for (const tab of tabs) {
        await isShown(tab, '已全部退款 ￥68.10', looksMsMax);
        assert.equal(await tab.isVisible('#under-way'), false);
      }
      await context.close();
    });
  },
);
