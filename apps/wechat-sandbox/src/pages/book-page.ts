import { refundStatus } from '../book/refund';
import type { NoticeAttempt, Payment, Refund, Trade } from '../book/trade';
import { beijingDateTime } from '../clock';
import type { Fault } from '../faults/faults';
import { type Html, heads, html, type Page, postButton, words } from '../html';
import { phoneLink } from '../phone/phone-page';
import { yuan } from '../yuan';
import { bookStyle } from './book-style';
import { bookTools } from './book-tools';

export interface BookView {
  readonly now: number;
  /** The newest first, as many as a page takes. */
  readonly trades: readonly Trade[];
  /** How many the book has. */
  readonly count: number;
  readonly faults: readonly Fault[];
  readonly shopOf: (trade: Trade) => string;
}

const states = {
  NOTPAY: words('未支付', 'Unpaid'),
  SUCCESS: words('已支付', 'Paid'),
  REFUND: words('有退款', 'Refunded'),
  CLOSED: words('已关闭', 'Closed'),
} as const;

const noOrders = words('还没有订单', 'No orders yet: call /pay/unifiedorder');

/** Everything that this WeChat knows, and the few things a person does to it. */
export function bookPage(view: BookView): Page {
  const { trades, count, faults, now } = view;
  return {
    title: words('账本 · 微信支付沙箱', 'Book · WeChat Pay sandbox'),
    style: bookStyle,
    body: html`<header>
<h1>${words('账本', 'Book')} <small>${words('微信支付沙箱', 'WeChat Pay sandbox')}</small></h1>
<p><time>${beijingDateTime(now)}</time> <small>${words('北京时间', 'Beijing time')}</small>
 · ${count} ${words('笔订单', count === 1 ? 'order' : 'orders')}
 · <a href="/book">${words('刷新', 'Refresh')}</a>
 · <a href="/_sandbox">${words('帮助', 'Help')}</a></p>
</header>
<main>
${count > trades.length && html`<p class="more">${newest(trades.length)}</p>`}
${trades.length === 0 && html`<p class="none">${noOrders}</p>`}
${trades.map((trade) => tradeCard(trade, view))}
${bookTools(faults)}
</main>`,
  };
}

const newest = (count: number): Html =>
  words(`只有最新的 ${count} 笔`, `Only the newest ${count} are shown`);

const kinds = { pay: words('支付', 'payment'), refund: words('退款', 'refund') } as const;

function tradeCard(trade: Trade, { now, shopOf }: BookView): Html {
  const shop = shopOf(trade);
  return html`<article data-trade="${trade.out_trade_no}">
<div class="head">
<div><b class="number">${trade.out_trade_no}</b><br>
<small>${trade.request.api} · ${shop} · ${beijingDateTime(trade.create_ms)}</small></div>
<div class="fee">¥${yuan(trade.total_fee)}<br>
<span class="state ${trade.trade_state}">${states[trade.trade_state]}</span></div>
</div>
<p class="what">${trade.request.description}</p>
<p class="line">${trade.paid && transaction(trade.paid)}</p>
<p class="line"><small>${words('调用', 'Calls')}</small> ${callsOf(trade)}</p>
${trade.refunds.length > 0 && refundTable(trade.refunds, now)}
${trade.notices.length > 0 && noticeTable(trade.notices)}
<div class="acts">${acts(trade)}</div>
</article>`;
}

const transaction = ({ transaction_id }: Payment): Html =>
  html`<small>${words('微信订单号', 'Transaction')}</small> ${transaction_id}`;

const callsOf = ({ calls }: Trade): string =>
  Object.entries(calls)
    .map(([name, times]) => `${name} × ${times}`)
    .join(', ');

/** One click each: what can be done depends on how the order stands. */
function acts(trade: Trade): Html {
  const { mch_id, out_trade_no } = trade;
  const act = (path: string, label: Html) =>
    postButton(`/book/${path}`, { mch_id, out_trade_no }, html`<button>${label}</button>`);
  const phone = phoneLink({ code_url: trade.code_url, payer: 1 });
  return html`${trade.trade_state === 'NOTPAY' && act('pay', words('支付', 'Pay'))}
${trade.paid && act('resend', words('重发通知', 'Resend the notice'))}
${act('forge', words('伪造通知', 'Forge a notice'))}
<a class="button" href="${phone}">${words('手机', 'Phone')}</a>`;
}

function refundTable(refunds: readonly Refund[], now: number): Html {
  const row = (refund: Refund) => html`<tr><td>${refund.out_refund_no}</td>
<td>¥${yuan(refund.refund_fee)}</td><td>${refundStatus(refund, now)}</td>
<td>${beijingDateTime(refund.create_ms)}</td></tr>`;
  return html`<details open><summary>${words('退款', 'Refunds')} ${refunds.length}</summary>
<div class="wide" tabindex="0"><table>${refunds.map(row)}</table></div></details>`;
}

/** The merchant's reply is shown from its beginning. */
const replyCharsMax = 160;

function noticeTable(notices: readonly NoticeAttempt[]): Html {
  const row = (attempt: NoticeAttempt) => html`<tr class="${attempt.accepted ? 'yes' : 'no'}">
<td>${beijingDateTime(attempt.at_ms)}</td>
<td>${kinds[attempt.kind]}</td>
<td>${attempt.repeat === null ? words('手动', 'by hand') : `#${attempt.repeat}`}</td>
<td>${attempt.accepted ? '✓' : '✗'} ${attempt.status ?? '—'}</td>
<td>${attempt.fault}</td>
<td class="reply">${attempt.reply.slice(0, replyCharsMax)}</td></tr>`;
  return html`<details open><summary>${words('通知', 'Notices')} ${notices.length}</summary>
<div class="wide" tabindex="0"><table>
<tr>${heads(['时间', 'Time'], ['种类', 'Kind'], ['次数', 'Repeat'], ['结果', 'Result'])}
${heads(['故障', 'Fault'], ['商户应答', "The merchant's answer"])}</tr>
${notices.map(row)}</table></div></details>`;
}
