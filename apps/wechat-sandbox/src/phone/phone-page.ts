import type { Standing, Trade } from '../book/trade';
import { type Html, html, type Page, postButton, words } from '../html';
import { yuan } from '../yuan';
import { phoneStyle } from './phone-style';

/** What the phone shows. `unknown`: nobody gave this code out; `scan`: nothing was scanned yet. */
export type Screen = Standing | 'done' | 'cancelled' | 'unknown' | 'scan';

export interface PhoneView {
  readonly screen: Screen;
  readonly code_url: string;
  /** Which of the sandbox's two payers holds the phone: 1 or 2. */
  readonly payer: number;
  readonly shop?: string;
  readonly trade?: Trade;
}

/**
 * Sign, headline and a line of explanation of every screen that only tells something. What a payer
 * also reads in WeChat stays Chinese.
 */
const notes = {
  done: ['✓', words('支付成功', '支付成功 · Paid'), words('', '')],
  cancelled: ['–', words('已取消支付', 'Cancelled'), words('没有付款。', 'Nothing was paid.')],
  paid: [
    '✓',
    words('该订单已支付', 'Already paid'),
    words('无需再次付款。', 'There is nothing more to pay.'),
  ],
  closed: ['!', words('订单已关闭', 'Order closed'), words('请重新下单。', 'Please order again.')],
  expired: [
    '!',
    words('二维码已过期', 'Code expired'),
    words('请刷新二维码后重新扫描。', 'Refresh the code and scan again.'),
  ],
  foreign: [
    '!',
    words('商家订单信息有误，请重新下单支付', 'Wrong order'),
    words('该订单已被其他用户扫描。', 'Another payer has scanned this order.'),
  ],
  unknown: [
    '!',
    words('无法识别的二维码', 'Unknown code'),
    words('本沙箱没有发出过此码。', 'This sandbox never gave it out.'),
  ],
} as const satisfies Record<string, readonly [string, Html, Html]>;

export function phonePage(view: PhoneView): Page {
  const { screen } = view;
  const content =
    screen === 'payable' ? confirm(view) : screen === 'scan' ? scanForm() : note(view, screen);
  return {
    title: words('微信支付沙箱', 'WeChat Pay sandbox'),
    style: phoneStyle,
    body: html`<main class="phone" data-screen="${screen}">
<header>${words('微信支付', 'WeChat Pay')} <small>${words('沙箱', 'sandbox')}</small></header>
${content}
<footer>${words('付款人', 'Payer')} ${view.payer}${otherPayer(view)}</footer>
</main>`,
  };
}

function confirm({ code_url, payer, shop, trade }: PhoneView): Html {
  const scan = { code_url, payer };
  const pay = html`<button class="pay">${words('立即支付', '立即支付 · Pay')}</button>`;
  const cancel = html`<button class="cancel">${words('取消', 'Cancel')}</button>`;
  return html`<section class="card">
<div class="avatar" aria-hidden="true">${[...(shop ?? '')][0]}</div>
<h1 class="shop">${words('付款给', 'Pay to')} <b>${shop}</b></h1>
<p class="amount"><span>¥</span>${yuan(trade?.total_fee ?? 0)}</p>
<dl>
<dt>${words('商品', 'Item')}</dt><dd>${trade?.request.description}</dd>
<dt>${words('订单号', 'Order')}</dt><dd>${trade?.out_trade_no}</dd>
</dl>
</section>
${postButton('/phone/pay', scan, pay)}
${postButton('/phone/cancel', scan, cancel)}`;
}

function note(view: PhoneView, screen: keyof typeof notes): Html {
  const [sign, headline, line] = notes[screen];
  const { trade, shop } = view;
  const again = html`<a class="again" href="${phoneLink(view)}">
${words('重新支付', 'Pay after all')}</a>`;
  return html`<section class="card note ${screen}">
<div class="sign" aria-hidden="true">${sign}</div>
<h1>${headline}</h1>
${trade && html`<p class="amount"><span>¥</span>${yuan(trade.total_fee)}</p>`}
<p class="shop">${shop}</p>
<p class="line">${line}</p>
</section>
${screen === 'cancelled' && again}`;
}

function scanForm(): Html {
  return html`<section class="card">
<h1>${words('扫一扫', 'Scan')}</h1>
<form method="get" action="/phone">
<label>${words('二维码内容', 'What the QR code says')}
<input name="code_url" required maxlength="128" placeholder="weixin://wxpay/bizpayurl?pr=">
</label>
<button class="pay">${words('打开', 'Open')}</button>
</form>
</section>`;
}

function otherPayer({ code_url, payer }: PhoneView): Html | undefined {
  if (!code_url) return undefined;
  const other = payer === 1 ? 2 : 1;
  const link = phoneLink({ code_url, payer: other });
  return html` · <a href="${link}">${words('换付款人', 'Switch to payer')} ${other}</a>`;
}

/** Where the phone of a payer shows a code; `done` and `cancelled` are what the payer did last. */
export function phoneLink(
  { code_url, payer }: Pick<PhoneView, 'code_url' | 'payer'>,
  did?: 'done' | 'cancelled',
): string {
  const query = new URLSearchParams({ code_url, payer: String(payer), ...(did && { did }) });
  return `/phone?${query}`;
}
