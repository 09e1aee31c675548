import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Page } from 'playwright-core';
import { assertAccessible } from '../support/accessibility';
import type { ChromiumBrowser } from '../support/browser';
import { quickMoney } from '../support/every-way';
import { inBrowser } from '../support/in-browser';
import { bought, isShown } from '../support/pay-page';
import { signedVisit } from '../support/signed-visit';
import type { System } from '../support/system';
import { until } from '../support/until';

const part =
  '款项在关闭后才到达，这笔支付已退款 ￥10.00，其余 ￥58.10 由商家处理，除非已用别的方式退给您。';
const partInEnglish =
  'The money came too late: ￥10.00 of this payment is back, and the shop sees to the other ' +
  '￥58.10, unless you have had it in another way.';
const all = '款项在关闭后才到达，这笔支付已退款 ￥68.10。';

const comeBack = (page: Page) => page.evaluate("window.dispatchEvent(new Event('focus'))");

function lateMoney(system: () => System, browser: () => ChromiumBrowser): void {
  /** WeChat says that it is closed, and yet takes its money; then it closes the refund of that. */
  async function paidLate() {
    const visit = await bought(browser(), system().url());
    const { page, shopper, out_trade_no, code_url } = visit;
    await page.goto('about:blank');
    const no = { kind: 'err_code', err_code: 'ORDERCLOSED', phase: 'before', times: 9 };
    await system().sandbox.fault({ ...no, match: { call: 'closeorder', out_trade_no } });
    const ending = { kind: 'refund_ending', ending: 'REFUNDCLOSE' };
    await system().sandbox.fault({ ...ending, match: { call: 'refund' } });
    await shopper.close(out_trade_no);
    await shopper.paymentIn('CLOSED', out_trade_no);
    await system().sandbox.pay(code_url);
    await until('its money to be held', async () => (await shopper.payment(out_trade_no)).held);
    const notify_url = `${system().url()}/pay/refundNotify`;
    const goesBack = async (refund_fee: number, inAll: number) => {
      await system().sandbox.refundInConsole({ out_trade_no, refund_fee, notify_url });
      await until('the money to be back', async () => {
        return (await shopper.payment(out_trade_no)).refund_fee === inAll;
      });
    };
    const open = (name: string) =>
      page.goto(`${system().url()}/${name}.html?out_trade_no=${out_trade_no}`);
    return { ...visit, goesBack, open };
  }

  it('that is back in part says how much, and that the shop sees to the rest', async () => {
    const { page, context, goesBack, open } = await paidLate();
    await open('payfail');
    await isShown(page, '款项 ￥68.10 在关闭后才到达，不会自动退回：由商家处理，除非已用');
    await goesBack(1_000, 1_000);
    await comeBack(page);
    await isShown(page, part);
    await isShown(page, '请勿再付款');
    await assertAccessible(page, 'money that is back in part');
    await page.click('#language');
    await isShown(page, partInEnglish);
    await page.click('#language');
    for (const name of ['paysuccess', 'payments', 'orders']) {
      await open(name);
      await isShown(page, part);
      const links = await page.locator('.more a').allInnerTexts();
      assert.ok(links.every((link) => link === '详情与退款'));
      await assertAccessible(page, name);
    }
    await open('payfail');
    await isShown(page, part);
    await goesBack(5_810, 6_810);
    await comeBack(page);
    await isShown(page, all);
    assert.equal(await page.innerText('#headline'), '支付已关闭');
    await context.close();
  });

  it('is told by a page and by lists that are only left open', async () => {
    const { page, context, goesBack, out_trade_no } = await paidLate();
    const tabs = [page, await context.newPage(), await context.newPage()];
    for (const [index, name] of ['payfail', 'payments', 'orders'].entries()) {
      const tab = tabs[index] ?? page;
      await tab.clock.install();
      await tab.goto(`${system().url()}/${name}.html?out_trade_no=${out_trade_no}`);
    }
    for (const tab of tabs) await isShown(tab, '款项 ￥68.10 在关闭后才到达');
    await goesBack(1_000, 1_000);
    for (const tab of tabs) {
      await until('the page to look', async () => {
        await tab.clock.runFor(30_000);
        return tab.getByText(part).first().isVisible();
      });
    }
    await context.close();
  });
}

function openLists(system: () => System, browser: () => ChromiumBrowser): void {
  for (const name of ['orders', 'payments']) {
    it(`${name}.html says what became of them when its reader comes back`, async () => {
      const { page, context, shopper } = await signedVisit(browser(), system().url());
      const { out_trade_no } = await shopper.buy();
      const { code_url } = await shopper.createNative(out_trade_no);
      await page.goto(`${system().url()}/${name}.html`);
      await isShown(page, '待支付');
      await system().sandbox.pay(code_url);
      await shopper.paymentIn('SUCCESS', out_trade_no);
      await comeBack(page);
      await isShown(page, '已支付');
      assert.equal(await page.getByText('待支付').filter({ visible: true }).count(), 0);
      await context.close();
    });
  }
}

const env = quickMoney;
inBrowser('money that came after the close', { stores: 'sqlite', env }, lateMoney);
inBrowser('a list of a shopper that is left open', { stores: 'sqlite', env }, openLists);
