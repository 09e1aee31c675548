import { refundStatus } from '../book/refund';
import type { NoticeAttempt, Payment, Refund, Trade } from '../book/trade';
import { beijingDateTime } from '../clock';
import { type Fault, isSpent } from '../faults/faults';
import { type Html, html, type Page, postButton, yuan } from '../html';
import { phoneLink } from '../phone/phone-page';
import { bookStyle } from './book-style';

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
  NOTPAY: ['未支付', 'unpaid'],
  SUCCESS: ['已支付', 'paid'],
  REFUND: ['有退款', 'refunded'],
  CLOSED: ['已关闭', 'closed'],
} as const;

const newest = html`<small>only the newest are shown</small>`;
const noOrders = html`<small>No orders yet: call /pay/unifiedorder</small>`;
const noFaults = html`<small>none were ordered</small>`;

/** Everything that this WeChat knows, and the few things a person does to it. */
export function bookPage(view: BookView): Page {
  const { trades, count, faults, now } = view;
  return {
    title: '账本 · 微信支付沙箱',
    style: bookStyle,
    body: html`<header>
<h1>账本 <small>The book of the WeChat Pay sandbox</small></h1>
<p><time>${beijingDateTime(now)}</time> <small>北京时间 Beijing</small>
 · ${count} 笔订单 <small>orders</small>
 · <a href="/book">刷新 <small>refresh</small></a></p>
</header>
<main>
${count > trades.length && html`<p class="more">只有最新的 ${trades.length} 笔 ${newest}</p>`}
${trades.length === 0 && html`<p class="none">还没有订单 ${noOrders}</p>`}
${trades.map((trade) => tradeCard(trade, view))}
<section class="faults">
<h2>故障 <small>faults</small></h2>
${faults.length > 0 ? faultTable(faults) : html`<p class="none">没有故障 ${noFaults}</p>`}
</section>
</main>`,
  };
}

function tradeCard(trade: Trade, { now, shopOf }: BookView): Html {
  const [chinese, english] = states[trade.trade_state];
  const shop = shopOf(trade);
  return html`<article data-trade="${trade.out_trade_no}">
<div class="head">
<div><b class="number">${trade.out_trade_no}</b><br>
<small>${trade.request.api} · ${shop} · ${beijingDateTime(trade.create_ms)}</small></div>
<div class="fee">¥${yuan(trade.total_fee)}<br>
<span class="state ${trade.trade_state}">${chinese} <small>${english}</small></span></div>
</div>
<p class="what">${trade.request.description}</p>
<p class="line">${trade.paid && transaction(trade.paid)}</p>
<p class="line"><small>调用 calls</small> ${callsOf(trade)}</p>
${trade.refunds.length > 0 && refundTable(trade.refunds, now)}
${trade.notices.length > 0 && noticeTable(trade.notices)}
<div class="acts">${acts(trade)}</div>
</article>`;
}

const transaction = ({ transaction_id }: Payment): Html =>
  html`<small>微信订单号 transaction</small> ${transaction_id}`;

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
  return html`${trade.trade_state === 'NOTPAY' && act('pay', html`支付 <small>pay</small>`)}
${trade.paid && act('resend', html`重发通知 <small>resend notice</small>`)}
${act('forge', html`伪造通知 <small>forge a notice</small>`)}
<a class="button" href="${phone}">手机 <small>phone</small></a>`;
}

function refundTable(refunds: readonly Refund[], now: number): Html {
  const row = (refund: Refund) => html`<tr><td>${refund.out_refund_no}</td>
<td>¥${yuan(refund.refund_fee)}</td><td>${refundStatus(refund, now)}</td>
<td>${beijingDateTime(refund.create_ms)}</td></tr>`;
  return html`<details open><summary>退款 ${refunds.length} <small>refunds</small></summary>
<div class="wide" tabindex="0"><table>${refunds.map(row)}</table></div></details>`;
}

/** The merchant's reply is shown from its beginning. */
const replyCharsMax = 160;

function noticeTable(notices: readonly NoticeAttempt[]): Html {
  const row = (attempt: NoticeAttempt) => html`<tr class="${attempt.accepted ? 'yes' : 'no'}">
<td>${beijingDateTime(attempt.at_ms)}</td>
<td>${attempt.kind === 'pay' ? '支付' : '退款'} <small>${attempt.kind}</small></td>
<td>${attempt.repeat === null ? html`手动 <small>by hand</small>` : `#${attempt.repeat}`}</td>
<td>${attempt.accepted ? '✓' : '✗'} ${attempt.status ?? '—'}</td>
<td>${attempt.fault}</td>
<td class="reply">${attempt.reply.slice(0, replyCharsMax)}</td></tr>`;
  return html`<details open><summary>通知 ${notices.length} <small>notices</small></summary>
<div class="wide" tabindex="0"><table>
<tr><th>时间 <small>time</small></th><th>种类 <small>kind</small></th>
<th>次数 <small>repeat</small></th><th>结果 <small>result</small></th><th>故障 <small>fault</small></th>
<th>商户应答 <small>the merchant's answer</small></th></tr>${notices.map(row)}</table></div></details>`;
}

function faultTable(faults: readonly Fault[]): Html {
  const row = (fault: Fault) => html`<tr><td>${fault.id}</td><td>${fault.rule.kind}</td>
<td>${JSON.stringify(fault.rule.match)}</td><td>${'phase' in fault.rule && fault.rule.phase}</td>
<td>${fault.rule.nth}</td><td>${fault.fired}/${fault.rule.times}</td>
<td>${isSpent(fault) ? html`已用 <small>spent</small>` : html`待用 <small>waiting</small>`}</td></tr>`;
  return html`<div class="wide" tabindex="0"><table><tr><th>#</th><th>种类 <small>kind</small></th>
<th>对象 <small>match</small></th><th>阶段 <small>phase</small></th><th>第几次 <small>nth</small></th>
<th>触发 <small>fired</small></th><th>状态 <small>state</small></th></tr>
${faults.map(row)}</table></div>`;
}
