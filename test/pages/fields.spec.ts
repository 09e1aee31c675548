import assert from 'node:assert/strict';
import { it } from 'node:test';
import { consoleVisit } from '../support/console';
import { inBrowser } from '../support/in-browser';
import { isShown } from '../support/pay-page';
import { tea } from '../support/shopper';
import { signedVisit } from '../support/signed-visit';
import { until } from '../support/until';

/** What is told beside a mobile number that is none. */
const sentences = {
  'zh-CN': /^请填写电话号码：5 到 20 位数字/,
  'en-GB': /^Please enter a phone number: 5/,
};

inBrowser('a field of the pages', { stores: 'sqlite' }, (system, browser) => {
  async function shopping(locale: string) {
    const visit = await signedVisit(browser(), system().url(), { locale });
    await visit.page.goto(system().url());
    await visit.page.click(`#add-${tea}`);
    await visit.page.waitForSelector('#order');
    return visit;
  }

  for (const [locale, sentence] of Object.entries(sentences)) {
    it(`for ${locale} says beside it what is wrong, until it is written anew`, async () => {
      const { page, context, shopper } = await shopping(locale);
      assert.match(await page.innerText('#mobile-hint'), /5 (to|到) 20/);
      await page.fill('#name', '\u3000');
      await page.fill('#mobile', 'call me');
      await page.fill('#address', '北京');
      await page.click('#order');
      await until('the sentence', async () =>
        sentence.test((await page.textContent('#mobile-wrong')) ?? ''),
      );
      assert.ok(await page.isVisible('#name-wrong'));
      assert.equal(await page.isVisible('#problem'), false);
      // It says what the hint says, so that one of them is enough.
      assert.equal(await page.getAttribute('#mobile', 'aria-describedby'), 'mobile-wrong');
      assert.equal(await page.isVisible('#mobile-hint'), false);
      await until('the first of them to have the focus', () =>
        page.evaluate<boolean>("document.activeElement.id === 'name'"),
      );
      await page.fill('#mobile', '13800138000');
      assert.equal(await page.isVisible('#mobile-wrong'), false);
      assert.equal(await page.getAttribute('#mobile', 'aria-invalid'), null);
      assert.equal(await page.getAttribute('#mobile', 'aria-describedby'), 'mobile-hint');
      assert.ok(await page.isVisible('#mobile-hint'));
      assert.deepEqual((await shopper.orders()).orders, []);
      await context.close();
    });
  }

  it('takes what was pasted, however long its invisible part is', async () => {
    const { page, context, shopper } = await shopping('zh-CN');
    await page.fill('#name', `${'\u200b'.repeat(80)}𠮷田`);
    await page.fill('#mobile', '\u202a+86 138-0013-8000\u202c');
    await page.fill('#address', '北京市\u200f 1 号');
    await page.check('input[name="payment_type"][value="2"]');
    await page.click('#order');
    const [order] = await until('the order', async () => {
      const { orders } = await shopper.orders();
      return orders.length > 0 && orders;
    });
    assert.deepEqual(order?.receiver, {
      name: '𠮷田',
      mobile: '+86 138 0013 8000',
      address: '北京市 1 号',
    });
    await context.close();
  });

  it('of a number of pieces that cannot be says so, and nothing is ordered', async () => {
    const { page, context, shopper } = await shopping('en-GB');
    await page.fill('#name', '王小明');
    await page.fill('#mobile', '13800138000');
    await page.fill('#address', '北京');
    const [box, sentence] = [`#num-${tea}`, `#num-${tea}-wrong`];
    for (const num of ['201', '-1', '2.5', '']) {
      await page.fill(box, num);
      await page.click('#order');
      await page.waitForSelector(`${sentence}:not(:empty)`);
      assert.match(await page.innerText(sentence), /^Must be a whole number from 0 to 200/);
      // By the keyboard too, which leads back to the box.
      await page.press('#address', 'Enter');
      await until('the box to have the focus', () =>
        page.evaluate<boolean>(`document.activeElement.id === 'num-${tea}'`),
      );
      assert.equal(await page.inputValue(box), num);
      await page.click(`#more-${tea}`);
      assert.equal(await page.isVisible(sentence), false);
      await page.click(`#less-${tea}`);
      assert.equal(await page.inputValue(box), '1');
    }
    assert.deepEqual((await shopper.orders()).orders, []);
    await page.fill(box, '3');
    await page.click('#order');
    await page.waitForURL(/pay\.html/);
    assert.equal((await shopper.orders()).orders[0]?.items[0]?.num, 3);
    await context.close();
  });

  it('of the demo’s sign-in says that a name cannot have what nobody sees', async () => {
    const { page, context } = await browser().visit({ locale: 'en-GB' });
    await page.goto(system().url());
    await page.waitForSelector('#sign-in', { state: 'visible' });
    await page.fill('#user_id', 'an\u200bna');
    await page.click('#sign-in-demo button');
    await until('the sentence', () => page.isVisible('#user_id-wrong'));
    assert.match(await page.innerText('#user_id-wrong'), /none of them invisible/);
    await context.close();
  });

  it('of the console that is filled in before the page is ready stays as it is', async () => {
    const { page, context } = await consoleVisit(browser(), system());
    const number = '4200000009202611250000000079';
    let isTyped = false;
    await page.route('**/console/js/payments.js', async (route) => {
      await until('a number to be typed', () => isTyped);
      await route.continue();
    });
    await page.goto(`${system().url()}/console/payments.html`, { waitUntil: 'commit' });
    await page.fill('#q', number);
    isTyped = true;
    await page.waitForLoadState();
    await page.press('#q', 'Enter');
    await isShown(page, '没有找到。请核对号码');
    assert.equal(await page.inputValue('#q'), number);
    await context.close();
  });
});
