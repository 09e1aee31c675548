import { type Check, isPaid, type Refund, sumOf } from './ledger-view';
import { acknowledgedNotices, type Money, type Trade } from './snapshot';

/** A clock of WeChat's may be so much before ours. */
const skewMsMax = 300_000;
const ended = ['REFUNDCLOSE'];

/** INV-2: no goods without money, not even in the middle of a fault. */
const noFreeGoods: Check = (view) =>
  view.payments.filter((payment) => {
    if (!payment.orders.some(({ status }) => status === '2') && !isPaid(payment)) return false;
    const money = view.moneyOf(payment);
    return (
      !money || money.total_fee !== payment.price || money.fee_type !== 'CNY' || !isPaid(payment)
    );
  });

/** INV-3: other money for a paid or closed payment has its refund, or an operator has it. */
const secondMoneyGoesBack: Check = (view) =>
  view.snapshot.money.filter(
    (money) =>
      money.acknowledged &&
      view.paidBy(money) === undefined &&
      view.refundsOf(money).length === 0 &&
      !view.isWithOperator(money),
  );

/** INV-4: a paid payment is whole. */
const paidIsWhole: Check = (view) =>
  view.payments.filter((payment) => {
    if (!isPaid(payment)) return false;
    const { transaction_id, pay_time, total_fee } = payment.payLog;
    const latestMs = view.snapshot.wechatNow.getTime() + skewMsMax;
    return (
      transaction_id === null ||
      pay_time === null ||
      pay_time.getTime() > latestMs ||
      total_fee !== payment.price
    );
  });

/** INV-5: a refund's number follows from the payment; WeChat knows no other but the console's. */
const refundNumbersAreFixed: Check = (view) => {
  const { rows, before, refundedElsewhere } = view.snapshot;
  const isOurs = (out_trade_no: string, out_refund_no: string) =>
    !refundedElsewhere.has(out_trade_no) || out_refund_no.startsWith(`${out_trade_no}-`);
  const strange = rows.tb_refund.filter(
    ({ out_refund_no, out_trade_no, transaction_id, cause }) => {
      if (!isOurs(out_trade_no, out_refund_no)) return cause === 'operator';
      return cause === 'operator'
        ? !new RegExp(`^${out_trade_no}-op-[1-9][0-9]?$`).test(out_refund_no)
        : out_refund_no !== `${out_trade_no}-${transaction_id}`;
    },
  );
  const unwritten = unwrittenOf(rows.tb_refund, before).filter(({ out_trade_no, out_refund_no }) =>
    isOurs(out_trade_no, out_refund_no),
  );
  return [...strange, ...unwritten];
};

/** Refunds that WeChat knows and we have not written down, or with another amount. */
function unwrittenOf(rows: readonly Refund[], trades: readonly Trade[]) {
  const fees = new Map(rows.map(({ out_refund_no, refund_fee }) => [out_refund_no, refund_fee]));
  return trades.flatMap(({ out_trade_no, refunds }) =>
    refunds
      .filter(({ out_refund_no, refund_fee }) => fees.get(out_refund_no) !== refund_fee)
      .map((refund) => ({ out_trade_no, ...refund })),
  );
}

/** INV-5: nothing that must be unique is there twice. */
const uniqueNumbers: Check = (view) => {
  const { tb_paylog, tb_order } = view.snapshot.rows;
  const transactions = tb_paylog.flatMap(({ transaction_id }) => transaction_id ?? []);
  return [...twice(transactions), ...twice(tb_order.map(({ cart_id }) => cart_id))];
};

/** INV-6, at every instant: what we call paid, WeChat has. */
const neverMoreThanReceived: Check = (view) => {
  const paid = sumOf(view.payments.filter(isPaid), ({ payLog }) => payLog.total_fee);
  const received = sumOf(view.snapshot.money, (money) => money.total_fee);
  return paid <= received ? [] : [{ paid, received }];
};

/** INV-7: no money goes back twice, at WeChat neither, and the sums in the rows are true. */
const neverMoreBackThanPaid: Check = (view) => {
  const { rows, money, trades } = view.snapshot;
  const fee = ({ refund_fee }: { refund_fee: number }) => refund_fee;
  const tooMuch = money.filter((each) => {
    const refunds = view.refundsOf(each).filter(({ status }) => !ended.includes(status));
    return sumOf(refunds, fee) > each.total_fee;
  });
  const tooMuchThere = trades.filter(({ refunds, total_fee }) => {
    const alive = refunds.filter(({ status }) => !ended.includes(status));
    return sumOf(alive, fee) > total_fee;
  });
  const wrongSums = rows.tb_paylog.filter((payLog) => {
    const refunds = rows.tb_refund.filter(
      ({ out_trade_no, cause }) =>
        out_trade_no === payLog.out_trade_no && cause !== 'second-transaction',
    );
    const back = sumOf(
      refunds.filter(({ status }) => status === 'SUCCESS'),
      fee,
    );
    const alive = refunds.filter(({ status }) => !ended.includes(status));
    // Late money has no place here: all of it is to go back, by whatever refund.
    const isLate = payLog.trade_state === '2' && payLog.transaction_id !== null;
    const reserved = isLate ? payLog.total_fee : sumOf(alive, fee);
    return back !== payLog.refund_fee || reserved !== payLog.reserved_fee;
  });
  return [...tooMuch, ...tooMuchThere, ...wrongSums];
};

/** INV-1, at every instant: what paid an order is not in an operator's hands too. */
const neverTwoHomes: Check = (view) =>
  view.snapshot.money.filter((money) => view.paidBy(money) && view.isClaimedByOperator(money));

/** INV-16: what was answered with SUCCESS was in the books before. */
const acknowledgedIsKept: Check = (view) => {
  const { tb_paylog, tb_refund, tb_anomaly } = view.snapshot.rows;
  const kept = new Set(
    [...tb_paylog, ...tb_refund, ...tb_anomaly].map(({ transaction_id }) => transaction_id),
  );
  return view.snapshot.money.filter(
    ({ acknowledged, transaction_id }) => acknowledged && !kept.has(transaction_id),
  );
};

/**
 * INV-16, of refunds too: WeChat tells no more of what was answered with SUCCESS. Those of money
 * that is in the books, paid or late, are among its refunds; an operator has those of other money.
 */
const acknowledgedRefundsAreKept: Check = ({ snapshot: { rows, before } }) => {
  const written = rows.tb_refund.map(({ out_refund_no }) => out_refund_no);
  const told = rows.tb_anomaly.map(({ transaction_id }) => transaction_id);
  const taken = new Set(rows.tb_paylog.map(({ transaction_id }) => transaction_id));
  return before.flatMap((trade) => {
    const kept = new Set(taken.has(trade.transaction_id) ? written : [...written, ...told]);
    return unkeptOf(trade, kept);
  });
};

function unkeptOf(trade: Trade, kept: ReadonlySet<string>) {
  const told = new Set(acknowledgedNotices(trade).map(({ out_refund_no }) => out_refund_no));
  return trade.refunds.filter(
    ({ out_refund_no, status }) =>
      told.has(out_refund_no) && !ended.includes(status) && !kept.has(out_refund_no),
  );
}

/** INV-17: amounts are those of the pieces, and a payment's is what was asked for. */
const amountsAddUp: Check = (view) => {
  const { tb_order, tb_order_item } = view.snapshot.rows;
  const wrongItems = tb_order_item.filter(({ price, num, total_fee }) => price * num !== total_fee);
  const wrongOrders = tb_order.filter(({ order_id, payment }) => {
    const own = tb_order_item.filter((item) => item.order_id === order_id);
    return payment < 0 || sumOf(own, (item) => item.total_fee) !== payment;
  });
  const wrongPayments = view.payments.filter(({ payLog, price }) => payLog.total_fee !== price);
  return [...wrongItems, ...wrongOrders, ...wrongPayments];
};

export const moneyChecks = {
  'INV-1 never two homes': neverTwoHomes,
  'INV-2 no goods without money': noFreeGoods,
  'INV-3 second money goes back': secondMoneyGoesBack,
  'INV-4 a paid payment is whole': paidIsWhole,
  'INV-5 a refund keeps its number': refundNumbersAreFixed,
  'INV-5 numbers are unique': uniqueNumbers,
  'INV-6 never more paid than received': neverMoreThanReceived,
  'INV-7 never more back than paid': neverMoreBackThanPaid,
  'INV-16 acknowledged money is kept': acknowledgedIsKept,
  'INV-16 acknowledged refunds are kept': acknowledgedRefundsAreKept,
  'INV-17 amounts add up': amountsAddUp,
} as const satisfies Record<string, Check>;

/** INV-1: all money has exactly one home: an order, its payer, or an operator. */
const oneHome: Check = (view) =>
  view.snapshot.money.flatMap((money) => {
    const { paid, back, operator } = homesOf(money, view);
    const isHomeless = !paid && !back && !operator;
    return isHomeless || (paid && back) ? [{ money, paid, back, operator }] : [];
  });

function homesOf(money: Money, view: Parameters<Check>[0]) {
  const payLog = view.paidBy(money)?.payLog;
  return {
    paid: payLog !== undefined && payLog.refund_fee < payLog.total_fee,
    back: money.refunded_fee === money.total_fee && money.total_fee > 0,
    operator: view.isWithOperator(money),
  };
}

/** INV-6, at rest: what WeChat still has is what we call paid, to the fen. */
const sumsAgree: Check = (view) => {
  const ours = view.snapshot.money.filter((money) => !view.isWithOperator(money));
  const there = sumOf(ours, ({ total_fee, refunded_fee }) => total_fee - refunded_fee);
  const here = sumOf(
    ours.flatMap((money) => view.paidBy(money)?.payLog ?? []),
    ({ total_fee, refund_fee }) => total_fee - refund_fee,
  );
  return here === there ? [] : [{ here, there }];
};

/** INV-5, at rest: what the merchant refunded in WeChat's console is in the books too. */
const refundsElsewhereAreKnown: Check = ({ snapshot: { rows, trades } }) =>
  unwrittenOf(rows.tb_refund, trades);

/** INV-19: what paid or came too late here was paid at that second there, and is of that day. */
const paidAtThatSecond: Check = (view) =>
  view.payments.filter(({ payLog, trade }) => {
    if (!trade?.pay_time || trade.transaction_id !== payLog.transaction_id) return false;
    const second = (time: Date | null) => time && Math.floor(time.getTime() / 1_000);
    return second(trade.pay_time) !== second(payLog.pay_time);
  });

export const restingMoneyChecks = {
  'INV-1 all money has one home': oneHome,
  'INV-5 every refund is written down': refundsElsewhereAreKnown,
  'INV-6 the sums agree': sumsAgree,
  'INV-19 both books say when it was paid': paidAtThatSecond,
} as const satisfies Record<string, Check>;

function twice(list: readonly string[]): string[] {
  return list.filter((item, index) => list.indexOf(item) !== index);
}
