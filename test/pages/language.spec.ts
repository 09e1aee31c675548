import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Page } from 'playwright-core';
import { inBrowser } from '../support/in-browser';
import { bought, isShown } from '../support/pay-page';
import { rice, tea } from '../support/shopper';
import { signedVisit } from '../support/signed-visit';
import { until } from '../support/until';

/** What stays Chinese for everybody: names of goods and of the merchant, and the lesson's words. */
const names = /龙井茶|白瓷茶杯|东北大米|帆布袋|笔记本|台灯|品优购|王小明|北京/g;
const lesson = /订单号：|￥[\d.]+元|关闭中|中文|扫码|请使用微信扫一扫|扫描二维码支付|我已完成支付/g;

async function toEnglish(page: Page, sentence: string): Promise<void> {
  await page.click('#language');
  await isShown(page, sentence);
  const text = (await page.innerText('body')).replace(names, '').replace(lesson, '');
  assert.doesNotMatch(text, /\p{Script=Han}/u);
  assert.match(await page.title(), /^[\x20-\x7e·]+$/u);
}

async function toChinese(page: Page, sentence: string): Promise<void> {
  await page.click('#language');
  await isShown(page, sentence);
}

/** On how many lines the word stands, wherever it is seen on the page. */
const linesOf = (page: Page, word: string) =>
  page.evaluate<number[]>(`{
    const texts = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
    const lines = [];
    while (texts.nextNode()) {
      const at = texts.currentNode.data.indexOf('${word}');
      if (at < 0) continue;
      const range = document.createRange();
      range.setStart(texts.currentNode, at);
      range.setEnd(texts.currentNode, at + ${word.length});
      const { length } = range.getClientRects();
      if (length > 0) lines.push(length);
    }
    lines;
  }`);

inBrowser('the switch of the language', { stores: 'sqlite' }, (system, browser) => {
  async function shopping() {
    const visit = await signedVisit(browser(), system().url());
    await visit.page.goto(system().url());
    await visit.page.click(`#add-${tea}`);
    await visit.page.waitForSelector('#order');
    return visit;
  }

  it('is followed by a refusal of the server, and by what it advises', async () => {
    const values = "('7', 'a', 'Gone', 100, '')";
    await system().change(
      `INSERT INTO tb_item (item_id, seller_id, title, price, image) VALUES ${values}`,
    );
    const { page, context, shopper } = await shopping();
    await until('the item to be listed', async () => {
      return (await shopper.ask('GET', '/api/items')).text.includes('"7"');
    });
    await page.reload();
    await page.waitForSelector('#add-7');
    await system().change("DELETE FROM tb_item WHERE item_id = '7'");
    await page.click('#add-7');
    await isShown(page, '没有这件商品');
    await toEnglish(page, 'There is no such item');
    await toChinese(page, '没有这件商品');
    await context.close();
  });

  it('is followed by what is said beside a field, and what was corrected stays away', async () => {
    const { page, context } = await shopping();
    await page.fill('#name', '王小明');
    await page.fill('#mobile', 'call me');
    await page.fill('#address', '北京');
    await page.click('#order');
    await isShown(page, '请填写电话号码');
    await toEnglish(page, 'Please enter a phone number');
    await page.fill('#mobile', '13800138000');
    await toChinese(page, '购物车');
    assert.equal(await page.textContent('#mobile-wrong'), '');
    await context.close();
  });

  it('is followed by what has changed in the cart', async () => {
    const { page, context, shopper } = await shopping();
    await page.fill('#name', '王小明');
    await page.fill('#mobile', '13800138000');
    await page.fill('#address', '北京');
    await until('the tea at the server', async () => (await shopper.cart()).total_fee > 0);
    await shopper.putItem(tea, 0);
    await shopper.putItem(rice, 1);
    await page.click('#order');
    await isShown(page, '已不在购物车');
    await isShown(page, '是新加入的');
    await toEnglish(page, 'is gone.');
    await toChinese(page, '价格或商品有变动');
    await context.close();
  });

  it('is followed by what is being tried again', async () => {
    const { page, context } = await shopping();
    await page.route('**/api/**', (route) => route.fulfill({ status: 503, body: 'no' }));
    await page.click(`#more-${tea}`);
    await isShown(page, '系统出了点问题（HTTP 503），正在重试…');
    await toEnglish(page, 'Something went wrong (HTTP 503). Trying again…');
    await context.close();
  });

  it('is followed by a payment that WeChat refuses', async () => {
    const { page, context, shopper } = await signedVisit(browser(), system().url());
    const { out_trade_no } = await shopper.buy();
    const match = { call: 'unifiedorder', out_trade_no };
    const no = { kind: 'err_code', err_code: 'NOAUTH', err_code_des: '权限未开通' };
    await system().sandbox.fault({ ...no, phase: 'before', times: 100, match });
    await page.goto(`${system().url()}/pay.html?out_trade_no=${out_trade_no}`);
    await isShown(page, '微信支付暂不受理这笔支付。您没有被扣款');
    await toEnglish(page, 'WeChat Pay refuses this payment. Nothing has been paid.');
    await toChinese(page, '微信支付暂不受理这笔支付');
    await context.close();
  });

  it('is followed by the page with a code, also where something was copied', async () => {
    const options = { permissions: ['clipboard-write'], viewport: { width: 390, height: 900 } };
    const { page, context } = await bought(browser(), system().url(), options);
    await isShown(page, '等待支付');
    await page.click('#copy');
    await isShown(page, '已复制');
    await toEnglish(page, 'Copied');
    await context.close();
  });

  it('breaks no Chinese word that stays in English, however narrow the phone', async () => {
    const { page, context, out_trade_no } = await bought(browser(), system().url(), {
      locale: 'en-GB',
    });
    for (const name of ['pay', 'paysuccess', 'payments']) {
      await page.goto(`${system().url()}/${name}.html?out_trade_no=${out_trade_no}`);
      await isShown(page, out_trade_no);
      for (let width = 240; width <= 440; width += 10) {
        await page.setViewportSize({ width, height: 900 });
        assert.deepEqual(await linesOf(page, '订单号：'), [1], `${name} at ${width}`);
      }
    }
    await context.close();
  });

  it('leaves out what a refusal says to programs, and in English alone', async () => {
    const { page, context } = await shopping();
    const body = JSON.stringify({
      ...{ title: '请求无法识别', status: 400, code: 'request/malformed' },
      detail: 'the body ended too early',
    });
    await page.route('**/api/cart/items/*', (route) => {
      route.fulfill({ status: 400, contentType: 'application/problem+json', body });
    });
    await page.click(`#add-${rice}`);
    await isShown(page, '请求无法识别');
    assert.equal(await page.innerText('#problem'), '请求无法识别');
    await context.close();
  });

  it('is followed by a payment that is none, and by an empty list', async () => {
    const { page, context } = await signedVisit(browser(), system().url());
    await page.goto(`${system().url()}/pay.html?out_trade_no=abc`);
    await isShown(page, '单号不正确');
    await toEnglish(page, 'This is not the number of a payment');
    await page.goto(`${system().url()}/payments.html?out_trade_no=5`);
    await isShown(page, 'There is no such payment');
    await toChinese(page, '没有这笔支付');
    await context.close();
  });
});
