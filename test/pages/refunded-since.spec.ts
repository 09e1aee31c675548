import assert from 'node:assert/strict';
import { it } from 'node:test';
import { quickMoney } from '../support/every-way';
import { expected } from '../support/http';
import { inBrowser } from '../support/in-browser';
import { bought, isShown } from '../support/pay-page';
import { until } from '../support/until';

/** What the payer is told in English of what has failed, all in fen. */
const table: readonly [failed: number[], since: number, missing: number, says: RegExp][] = [
  [[500], 0, 500, /^A refund of ￥5\.00 did not go through\. The shop/],
  [[500, 300], 0, 800, /^2 refunds did not go through: ￥5\.00, ￥3\.00\. The shop/],
  [[500], 0, 200, /^A refund did not go through: at most ￥2\.00 of it is not back\. The/],
  [
    [500],
    200,
    300,
    /^A refund did not .* ￥2\.00 was refunded .* instead, ￥3\.00 is missing\. The/,
  ],
  [[500], 800, 0, /^A refund did not .* ￥8\.00 was refunded .* instead, nothing is missing\. The/],
  [[500, 300], 200, 600, /^2 refunds did not .* ￥2\.00 was .* instead, ￥6\.00 is missing\. The/],
];

inBrowser(
  'a payer whose refund failed',
  { stores: 'sqlite', env: quickMoney },
  (system, browser) => {
    it('is told what was refunded otherwise since, and no more than is missing', async () => {
      const { page, context, shopper, out_trade_no, code_url } = await bought(
        browser(),
        system().url(),
      );
      await system().sandbox.pay(code_url);
      await page.waitForURL(/paysuccess\.html/);
      await isShown(page, '支付成功');
      const operator = await system().shopper({ roles: ['operator'] });
      const ending = { kind: 'refund_ending', ending: 'REFUNDCLOSE', match: { call: 'refund' } };
      await system().sandbox.fault(ending);
      expected(201, await operator.refund(out_trade_no, 1_000));
      const looked = () => page.evaluate('window.dispatchEvent(new Event("focus"))');
      await until('the refund to have failed', async () => {
        await looked();
        return page.getByText('有一笔 ￥10.00 的退款未成功').isVisible();
      });
      const steps = [
        [300, '之后另外退了 ￥3.00（到账或正在办理）：如果是代替它的，还差 ￥7.00。'],
        [800, '之后另外退了 ￥11.00（到账或正在办理）：如果是代替它的，就已退清。'],
      ] as const;
      let back = 0;
      for (const [refund_fee, says] of steps) {
        expected(201, await operator.refund(out_trade_no, refund_fee));
        back += refund_fee;
        await until('the money to be back', async () => {
          return (await shopper.payment(out_trade_no)).refund_fee === back;
        });
        await looked();
        await isShown(page, says);
        assert.doesNotMatch(await page.innerText('#failed'), /10\.00/);
      }
      expected(201, await operator.refund(out_trade_no, 1_000));
      await until('the repeat to be told', async () => {
        await looked();
        return page.getByText('其中已退款 ￥21.00').isVisible();
      });
      await page.waitForSelector('#failed', { state: 'hidden' });
      await context.close();
    });

    it('is promised no refund that is of the money that came besides', async () => {
      const { page, context } = await bought(browser(), system().url());
      const refund = (out_refund_no: string, status: string) => ({
        ...{ out_trade_no: '7', out_refund_no, status, refund_fee: 500 },
        create_time: `2026-11-28T02:0${out_refund_no.length}:00.000Z`,
        fail_time: status === 'REFUNDCLOSE' ? '2026-11-28T02:05:00.000Z' : null,
      });
      const seen = async (...refunds: object[]): Promise<Record<string, unknown>> => {
        await page.route('**/api/payments/7/refunds', (route) =>
          route.fulfill({ json: { refunds } }),
        );
        return page.evaluate(
          `import('/js/service/payService.js').then((all) => all.refundsOf('7'))`,
        );
      };
      const elsewhere = refund('elsewhere', 'PROCESSING');
      const failed = { fee_back: 0, fee_under_way: 0, fee_failed: 500, fee_since: 500 };
      const alone = await seen(elsewhere, refund('7-42', 'REFUNDCLOSE'));
      assert.deepEqual([alone.fee_under_way, alone.besides], [0, failed]);
      const own = await seen(elsewhere, refund('7-42', 'SUCCESS'), refund('7-op-1', 'PROCESSING'));
      assert.equal(own.fee_under_way, 1_000);
      await context.close();
    });

    it('is told each amount in words that hold whatever it was refunded for', async () => {
      const { page, context } = await bought(browser(), system().url());
      const made = (name: string, of: object): Promise<string> =>
        page.evaluate(`import('/js/refund-words.js').then((all) =>
          all.${name}(${JSON.stringify(of)})[1])`);
      for (const [fees_failed, fee_since, fee_missing, says] of table) {
        const words = await made('wordsOfFailed', { fees_failed, fee_since, fee_missing });
        assert.match(words, says);
      }
      const besides = (fee_since: number) =>
        made('wordsOfBesidesFailed', { fee_failed: 500, fee_since });
      assert.match(
        await besides(0),
        /￥5\.00 did not go back\. The shop knows of it: ask there, unless you have had it in/,
      );
      assert.match(await besides(300), /did not go back by itself; ￥3\.00 was refunded otherwise/);
      await context.close();
    });
  },
);
