// One payment: how it stands, what happened, and what can be done about it.
import { at, button, fill, make, money, numberInAddress, say, tell, words } from '../../js/page.js';
import { patiently } from '../../js/paged-list.js';
import { getPayment, ofOneMoment } from '../../js/service/payService.js';
import { acting, inConsole, mayChange } from './access.js';
import { anomalyRow } from './anomaly-row.js';
import { warningsOf } from './back.js';
import { confirmed, tellDone } from './confirm.js';
import { beijing } from './dates.js';
import { explain, leftOf } from './explain.js';
import { drawInPlace, endFollowing, follow } from './follow.js';
import { badgesOf, fact } from './parts.js';
import { deliveryItem, orderItem, refundItem } from './payment-parts.js';
import { showRefund } from './refund.js';
import { resend } from './resend.js';
import * as service from './service.js';
import { eventItem } from './timeline.js';

const number = numberInAddress() ?? '';

async function loadRest() {
  const [orders, refunds, events, anomalies, deliveries] = await Promise.all([
    service.listOrders(number),
    service.listRefunds(number),
    service.timelineOf(number),
    service.listAnomalies({ out_trade_no: number, limit: 100 }),
    service.listDeliveries({ out_trade_no: number, limit: 100 }),
  ]);
  return { events, ...orders, ...refunds, ...anomalies, ...deliveries };
}

const load = async () => ofOneMoment(await getPayment(number), loadRest);

function showSums(seen, left) {
  const { payment, refunds } = seen;
  const { total_fee, refund_fee, trade_state } = payment;
  const sums = [fact('金额', 'Amount', money(total_fee))];
  if (refund_fee > 0) sums.push(fact('已退回', 'Paid back', money(refund_fee)));
  const isUnderWay = refunds.some(({ status }) => status === 'PROCESSING');
  // What came after the close is nothing that is refunded here.
  if (trade_state !== 'CLOSED' && (refund_fee > 0 || isUnderWay)) {
    const isSure = warningsOf(seen).length === 0;
    const label = isSure
      ? ['还可退', 'Can be refunded']
      : ['最多还可退', 'Can be refunded, at most'];
    sums.push(fact(...label, money(left)));
  }
  fill(at('sums'), ...sums);
}

/** What a shop has said of its own order; nothing for the payment of a cart. */
function ofShop({ merchant_order_no, body, metadata }) {
  if (merchant_order_no === null) return [];
  return [
    fact('商家单号', 'The shop’s number', merchant_order_no),
    fact('商品说明', 'What the payer reads', body),
    ...Object.entries(metadata ?? {}).map(([name, text]) => fact(name, name, text)),
  ];
}

function showNumbers({ payment }) {
  const { out_trade_no, transaction_id, user_id, create_time, pay_time, expire_time } = payment;
  const isOpen = payment.trade_state === 'NOTPAY';
  // Money that came after the close has paid nothing.
  const whenPaid =
    payment.trade_state === 'CLOSED'
      ? ['款项到达（关闭后）', 'Money came late']
      : ['付款时间', 'Paid'];
  fill(
    at('numbers'),
    fact('商户订单号', 'Payment', out_trade_no),
    ...(transaction_id ? [fact('微信订单号', 'WeChat’s number', transaction_id)] : []),
    ...ofShop(payment),
    fact('用户', 'User', user_id),
    fact('下单时间', 'Ordered', beijing(create_time)),
    ...(pay_time ? [fact(...whenPaid, beijing(pay_time))] : []),
    ...(isOpen ? [fact('到期时间', 'Ends', beijing(expire_time))] : []),
  );
}

function showList(name, items) {
  fill(at(name), ...items);
  const part = at(`${name}-part`);
  if (part !== null) part.hidden = items.length === 0;
}

const close = () =>
  confirmed({
    title: ['关闭这笔支付？', 'Close this payment?'],
    lines: [
      [
        '顾客将不能再付这一笔。已经付过的话，不会关闭，会入账。',
        'Nobody can pay it any more. If it turns out to be paid, it is settled instead.',
      ],
    ],
    label: ['关闭', 'Close it'],
    work: () => service.closePayment(number),
    done({ trade_state }) {
      if (trade_state === 'CLOSED') tellDone('已关闭。', 'It is closed.');
      else tellDone('微信关单后就会关闭。', 'It will be closed as soon as WeChat agrees.');
    },
  });

const act = (id, label, work) => button({ id }, words(...label), () => acting(work, renew));

const ask = () =>
  confirmed({
    title: ['现在向微信查询？', 'Ask WeChat now?'],
    lines: [
      [
        '按微信的答复记账：付了的马上入账，在别处退过款会提示。不会动别的钱。',
        'What WeChat says is written down: what is paid is settled at once, and a refund made ' +
          'elsewhere is told. No other money is moved.',
      ],
    ],
    label: ['查询', 'Ask'],
    work: () => service.askWechat(number),
    done({ unknown_time }) {
      const [zh, en] =
        unknown_time === null
          ? ['已向微信查询，结果见下面的说明。', 'WeChat was asked: how it stands is told below.']
          : ['暂时无法向微信查询，会再试。', 'WeChat cannot be asked just now: it is tried again.'];
      tellDone(zh, en);
    },
  });

/** Of what is paid, too, WeChat may know what is not here: that money of it went back elsewhere. */
function showActs({ payment: { trade_state, closing } }) {
  const acts = [act('ask', ['向微信查询…', 'Ask WeChat…'], ask)];
  if (trade_state === 'NOTPAY' && !closing) acts.push(act('close', ['关闭…', 'Close…'], close));
  fill(at('acts'), ...acts);
}

/** Money that is to go back, a close that WeChat has to agree to, a message to the shop. */
function isUnderWay({ payment, refunds, deliveries }) {
  const isBackUnderWay = refunds.some(({ status }) => status === 'PROCESSING');
  const isSent = deliveries.some(({ state }) => state === 'PENDING');
  return payment.closing || isBackUnderWay || isSent;
}

async function show() {
  let seen;
  try {
    seen = await patiently(load);
  } catch (problem) {
    if (problem.status !== 404 || problem.passing) throw problem;
    at('found').hidden = true;
    return tell(
      'none',
      '没有这笔支付。请核对单号。',
      'There is no such payment. Check its number.',
    );
  }
  drawInPlace(draw, seen);
  at('found').hidden = false;
  follow(seen, { load, isUnderWay, draw });
}

/**
 * Whatever was done, the page is read anew. Until that has come it offers nothing, and advises
 * nothing, by what it does not know any more.
 */
async function renew() {
  endFollowing();
  at('found').setAttribute('aria-busy', 'true');
  await show();
  at('found').removeAttribute('aria-busy');
}

function draw(seen) {
  const { payment } = seen;
  const left = leftOf(seen);
  fill(at('badges'), ...badgesOf(payment));
  fill(at('explained'), ...explain(seen).map(([zh, en]) => say(make('li'), zh, en)));
  showSums(seen, left);
  showNumbers(seen);
  showList(
    'anomalies',
    seen.anomalies.map((anomaly) => anomalyRow(anomaly, { seen, renew })),
  );
  showList(
    'refunds',
    seen.refunds.map((refund) => refundItem(refund, seen)),
  );
  showList('orders', seen.orders.map(orderItem));
  showList(
    'timeline',
    seen.events.map((event) => eventItem(event, payment)),
  );
  const again = (delivery) => acting(() => resend(delivery), renew);
  showList(
    'deliveries',
    seen.deliveries.map((delivery) => deliveryItem(delivery, again)),
  );
  if (mayChange()) {
    showActs(seen);
    showRefund({ ...seen, left, renew });
  }
}

inConsole(show);
