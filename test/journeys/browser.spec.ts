import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type ChromiumBrowser, phone, type Visit } from '../support/browser';
import { inBrowser } from '../support/in-browser';
import { storesHere } from '../support/on-stores';
import { isShown } from '../support/pay-page';
import { takePicture } from '../support/picture';
import { readQrCode } from '../support/qr-code';
import { rice, Shopper, tea } from '../support/shopper';
import type { System } from '../support/system';
import { until } from '../support/until';

const quick = { QR_WAIT_MS: '4000' };
const env = {
  'cart-gateway': quick,
  'order-service': { ...quick, WECHAT_CLOSE_AFTER_MS: '0' },
  'wechat-sandbox': { SANDBOX_CLOSE_AFTER_MS: '0' },
};

/** The browser's own user, as the REST face knows them. */
async function sameUser({ context }: Visit, url: string): Promise<Shopper> {
  const cookies = await context.cookies();
  const session = cookies.find(({ name }) => name === 'saoma_session');
  const credentials = { cookie: `saoma_session=${session?.value}` };
  return new Shopper({ url, user_id: '', credentials });
}

/** Signs in and buys at the shop's page, up to the pay page. */
async function buyInShop({ page }: Visit, url: string, user_id: string): Promise<string> {
  await page.goto(url);
  await page.fill('#user_id', user_id);
  await page.click('#sign-in-demo button');
  await page.waitForSelector('#sign-in', { state: 'hidden' });
  for (const item of [tea, rice]) {
    await page.click(`#add-${item}:enabled`);
    await page.waitForSelector('#shop:enabled');
  }
  await until('the cart’s total', async () =>
    (await page.textContent('#cart-total'))?.includes('68.10'),
  );
  await page.fill('#name', '王小明');
  await page.fill('#mobile', '13800138000');
  await page.fill('#address', '北京市海淀区 1 号');
  await page.click('#order');
  await page.waitForURL(/pay\.html\?out_trade_no=[0-9]+/);
  await page.waitForSelector('#qrious:not([hidden])');
  return new URL(page.url()).searchParams.get('out_trade_no') ?? '';
}

async function open(system: System, visit: Visit, user_id: string) {
  const out_trade_no = await buyInShop(visit, system.url(), user_id);
  const { code_url } = await system.sandbox.trade(out_trade_no);
  return { out_trade_no, code_url };
}

function journeys(system: () => System, browser: () => ChromiumBrowser): void {
  it('from the shop to the phone to success: the code on the screen is WeChat’s', async () => {
    const visit = await browser().visit({ viewport: { width: 900, height: 980 } });
    const { page, context } = visit;
    const { out_trade_no, code_url } = await open(system(), visit, 'wang');
    for (const text of [
      '请使用微信扫一扫',
      '扫描二维码支付',
      '订单号：',
      '￥68.10',
      out_trade_no,
    ]) {
      await isShown(page, text);
    }
    assert.equal(await page.locator('#qrious').evaluate((image) => image.clientWidth), 250);
    assert.equal(readQrCode(await page.screenshot()), code_url);
    await takePicture(page, 'pay', { fullPage: true });

    const [screen] = await Promise.all([context.waitForEvent('page'), page.click('#open-phone')]);
    await screen.waitForSelector('[data-screen="payable"]');
    await isShown(screen, '68.10');
    await screen.click('form[action="/phone/pay"] button');
    await screen.waitForSelector('[data-screen="done"]');

    await page.waitForURL(/paysuccess\.html/);
    await isShown(page, '支付成功');
    await isShown(page, '支付金额：￥68.10元');
    const shopper = await sameUser(visit, system().url());
    assert.equal((await shopper.payment(out_trade_no)).trade_state, 'SUCCESS');
    // The shop asks for the cart before anybody has signed in, and is told so.
    const troubles = visit.troubles.filter((text) => !text.includes('401 (Unauthorized)'));
    assert.deepEqual(troubles, []);
    await context.close();
  });

  it('the success page shows the true amount, whatever the address says', async () => {
    const visit = await browser().visit();
    const { page } = visit;
    const { out_trade_no, code_url } = await open(system(), visit, 'li');
    await page.goto(`${system().url()}/paysuccess.html?out_trade_no=${out_trade_no}&money=0.01`);
    await isShown(page, '尚未支付');
    assert.equal(await page.getByText('0.01').count(), 0);
    await system().sandbox.pay(code_url);
    const shopper = await sameUser(visit, system().url());
    await shopper.paymentIn('SUCCESS', out_trade_no);
    await page.goto(
      `${system().url()}/paysuccess.html?money=99999&out_trade_no=${out_trade_no}&total_fee=1`,
    );
    await isShown(page, '支付金额：￥68.10元');
    assert.equal(await page.getByText('99999').count(), 0);
    await visit.context.close();
  });

  it('after a time-out the page asks createNative again and draws what it gets', async () => {
    const visit = await browser().visit(phone);
    const { page } = visit;
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.url().includes('/pay/createNative')) asked.push(request.url());
    });
    const { out_trade_no, code_url } = await open(system(), visit, 'zhao');
    await until('createNative to be asked again', () => asked.length >= 2);
    assert.ok(asked.at(-1)?.includes(`out_trade_no=${out_trade_no}`));
    await until('the code to be read', async () => {
      return readQrCode(await page.screenshot({ fullPage: true })) === code_url;
    });
    await system().sandbox.pay(code_url);
    await page.waitForURL(/paysuccess\.html/);
    await visit.context.close();
  });

  it('a payment that is cancelled leads to the fail page, and nobody can pay it', async () => {
    const visit = await browser().visit();
    const { page } = visit;
    const { code_url, out_trade_no } = await open(system(), visit, 'qian');
    await page.click('#cancel');
    await page.click('#cancel-yes');
    await page.waitForURL(/payfail\.html/);
    await isShown(page, '支付已关闭');
    assert.equal((await system().sandbox.tryToPay(code_url)).status, 409);
    await page.goto(`${system().url()}/pay.html?out_trade_no=${out_trade_no}`);
    await page.waitForURL(/payfail\.html/);
    await visit.context.close();
  });

  it('a payment that is closed elsewhere leads the waiting page to the fail page', async () => {
    const visit = await browser().visit();
    const { out_trade_no } = await open(system(), visit, 'sun');
    const shopper = await sameUser(visit, system().url());
    assert.equal((await shopper.close(out_trade_no)).status, 200);
    await visit.page.waitForURL(/payfail\.html/);
    await visit.context.close();
  });

  it('my payments shows each with its state, and leads an unpaid one to its code', async () => {
    const visit = await browser().visit();
    const { page } = visit;
    const paid = await open(system(), visit, 'zhou');
    await system().sandbox.pay(paid.code_url);
    await page.waitForURL(/paysuccess\.html/);
    await page.goto(system().url());
    const shopper = await sameUser(visit, system().url());
    const unpaid = await shopper.buy();
    await page.goto(`${system().url()}/payments.html`);
    const row = (out_trade_no: string) => page.locator('.payment', { hasText: out_trade_no });
    await row(paid.out_trade_no).getByText('已支付').waitFor();
    await row(unpaid.out_trade_no).getByText('待支付').waitFor();
    await row(unpaid.out_trade_no).getByText('去支付').click();
    await page.waitForURL(new RegExp(`pay\\.html\\?out_trade_no=${unpaid.out_trade_no}`));
    await page.waitForSelector('#qrious:not([hidden])');
    assert.equal(await page.locator('#out_trade_no').textContent(), unpaid.out_trade_no);
    await visit.context.close();
  });

  it('what an address says stays text: no markup of it becomes part of a page', async () => {
    const visit = await browser().visit();
    const { page } = visit;
    await open(system(), visit, '<img src=x onerror=alert(1)>');
    page.on('dialog', () => assert.fail('a script of the address ran'));
    const markup = encodeURIComponent('<img id="injected" src=x onerror=alert(1)>');
    for (const name of ['pay', 'paysuccess', 'payfail', 'payments', 'orders']) {
      await page.goto(`${system().url()}/${name}.html?out_trade_no=${markup}&money=${markup}`);
      await page.waitForLoadState('networkidle');
      assert.equal(await page.locator('#injected').count(), 0);
    }
    await visit.context.close();
  });
}

inBrowser('in the browser', { env, stores: storesHere.at(-1) ?? 'sqlite' }, journeys);
