// What the comparison with WeChat's bill speaks of, `[zh, en]`.
import { titleOfRefusal } from './bill-reasons.js';
import { nameIn } from './names.js';

const dayStates = {
  WAITING: ['等待账单', 'Waiting'],
  NO_BILL: ['没有交易', 'Nothing happened'],
  MATCHED: ['一致', 'Matched'],
  DIFFERENT: ['有差异', 'Different'],
  REFUSED: ['账单不完整', 'Bill not whole'],
};

const dayMeanings = {
  WAITING: ['还没有对完。', 'It is not done yet.'],
  NO_BILL: [
    '微信说这一天没有交易，我们的账也是。',
    'WeChat says that nothing happened, and so do our books.',
  ],
  MATCHED: ['每一笔都对得上。', 'Every row has its counterpart.'],
  DIFFERENT: [
    '有对不上的：逐笔列在下面，并写明是已自动处理，还是需人工处理。',
    'Something differs: see each below, and whether it is for an operator.',
  ],
};

/** It waits no more, and was not compared to its end: WeChat has a bill for three months only. */
const isGivenUp = ({ state, under_way, compared }) =>
  state === 'WAITING' && !under_way && !compared;

export function nameOfState(day) {
  return isGivenUp(day) ? ['没有对完', 'Not compared'] : nameIn(dayStates, day.state);
}

/** The newest file is not whole, and what else the day tells is of the one before it. */
export const isOfFormer = ({ state, bill_hash }) => state === 'REFUSED' && bill_hash !== null;

/** The same, and that one was not compared to its end either. */
export const isOfPart = (day) => isOfFormer(day) && !day.compared;

export function meaningOf(day) {
  const { state, reason } = day;
  if (isGivenUp(day)) {
    return [
      '没有对完，微信已不再提供这一天的账单。',
      'It was not compared to its end, and WeChat gives out no bill of that day any more.',
    ];
  }
  if (state !== 'REFUSED') return dayMeanings[state] ?? [state, state];
  const [zh, en] = titleOfRefusal(reason);
  if (!isOfFormer(day)) return [`${zh}，没有比对。`, `${en}: nothing was compared.`];
  const newest = [
    `微信最新的文件没有比对：${zh}。`,
    `WeChat’s newest file was not compared: ${en}.`,
  ];
  if (isOfPart(day)) {
    return [
      `${newest[0]}上一份文件只比对了一部分，没有对完：下面的笔数和金额属于那一份，` +
        '差异（说文件本身的那一条除外）是在比对过的部分里发现的。',
      `${newest[1]} The one before it was compared in part only: rows and sums below are of that ` +
        'one, and the findings, but for the one about the file itself, of what was compared of it.',
    ];
  }
  return [
    `${newest[0]}下面的笔数、金额和文件属于上一份完整比对过的账单，` +
      '差异（说文件本身的那一条除外）也是与上一份比对出来的。',
    `${newest[1]} Rows, sums and file below are of the bill before it, which was compared to its ` +
      'end, and so are the findings, but for the one about the file itself.',
  ];
}

/** How many rows its bill has; null as long as no bill was compared: nobody knows. */
export function rowsOf({ state, bill_hash, rows }) {
  const isUnknown = bill_hash === null && ['WAITING', 'REFUSED'].includes(state);
  return isUnknown ? null : rows;
}

/** What is still to come of a day, or null. */
export function waitsFor(day) {
  const { state, under_way, bill_hash } = day;
  if (!under_way && (state !== 'WAITING' || isGivenUp(day))) return null;
  if (!under_way) {
    return ['已经比对，正在处理差异。', 'It was compared: what differs is being dealt with.'];
  }
  if (state !== 'WAITING') {
    return ['在等微信的账单，会重新比对。', 'It waits for WeChat’s bill, to be compared again.'];
  }
  if (bill_hash !== null) {
    return ['账单已取到，正在比对。', 'The bill is there, and is being compared.'];
  }
  return [
    '在等微信的账单：还没有生成，没有完整下载，或被微信拒绝，会再试。',
    'It waits for WeChat’s bill: it is not there yet, could not be had whole, or WeChat refused ' +
      'it. It is tried again.',
  ];
}

const findingKinds = {
  STATE: ['账单里已付款，这里还没有', 'In the bill, but not paid here'],
  CHANNEL_ONLY: ['账单里有，这里没有这个单号', 'In the bill, but of a number that is not here'],
  LOCAL_ONLY: ['这里已付款，账单里没有', 'Paid here, but in no bill'],
  AMOUNT: ['金额不同', 'The amounts differ'],
  TRANSACTION: ['微信订单号不同，或多了一个', 'Another or a second transaction'],
  REFUND_PENDING: ['比对时退款还在办理', 'A refund was still on its way'],
  REFUND_FAILED: ['退款只在一边失败', 'A refund has failed on one side only'],
  REFUND_CHANNEL_ONLY: ['账单里有退款，这里没有', 'A refund of the bill that is not here'],
  REFUND_LOCAL_ONLY: ['这里有退款，账单里没有', 'A refund of ours that is in no bill'],
  REFUND_AMOUNT: ['退款金额不同', 'The amounts of a refund differ'],
};

/** `reason`: why the file of its day was not believed; what has ended was about another file. */
export function nameOfFinding({ kind, ended }, reason) {
  if (kind === 'TOTALS') return titleOfRefusal(ended === null ? reason : null);
  return nameIn(findingKinds, kind);
}

/** What a row of a bill or of our books tells of. */
export const rowTypes = {
  payment: ['支付', 'Payment'],
  refund: ['退款', 'Refund'],
  other: ['其他', 'Other'],
};

export const cellNames = {
  type: ['类型', 'Type'],
  time: ['时间', 'Time'],
  out_trade_no: ['商户订单号', 'Payment'],
  transaction_id: ['微信订单号', 'WeChat’s number'],
  out_refund_no: ['商户退款单号', 'Refund'],
  refund_id: ['微信退款单号', 'WeChat’s number of the refund'],
  state: ['状态', 'State'],
  fee: ['金额', 'Amount'],
  settlement_fee: ['应结金额', 'Settled'],
  coupon_fee: ['代金券', 'Coupons'],
  service_fee: ['手续费', 'Service fee'],
  fee_type: ['货币', 'Currency'],
  trade_type: ['交易类型', 'Trade type'],
};

export const totalNames = {
  order_fee: ['订单总金额', 'Paid in all'],
  refund_fee: ['申请退款总金额', 'Refunds asked for in all'],
  settlement_fee: ['应结订单总金额', 'Settled in all'],
  service_fee: ['账单手续费总金额', 'Fees by the trade bill'],
};
