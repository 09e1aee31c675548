// The timeline in plain words, `[zh, en]`.
import { make, say, words } from '../../js/page.js';
import { amountIn } from './amount.js';
import { anomalyKinds } from './anomaly-names.js';
import { wordsOfAnswer } from './answer-words.js';
import { deliveryTypes, nameIn, refundStates, wordsBy } from './names.js';

export const eventKinds = {
  'payment.created': ['下单，生成了这笔支付', 'A checkout made this payment'],
  'code.asked': ['正在向微信请求二维码', 'A code is being asked for at WeChat'],
  'code.given': ['微信给出了二维码', 'WeChat gave a code'],
  'code.failed': ['微信没有给出二维码', 'WeChat gave no code'],
  'query.answered': ['向微信查询的结果', "WeChat's answer to a query"],
  'query.wished': ['操作员要求马上查询', 'An operator asked for a query now'],
  'payment.paid': ['已付款，订单已入账', 'It is paid, and so are its orders'],
  'close.wished': [
    '有人要求关单，不再给出二维码',
    'Closing was asked for: no code is given out any more',
  ],
  'payment.closed': ['已在微信和本系统关闭', 'It is closed, at WeChat and here'],
  'money.recorded': ['收到了不属于这笔支付的款项', 'Money came that does not pay this payment'],
  'refund.wished': ['操作员申请退款', 'An operator asked for a refund'],
  'refund.elsewhere': ['在别处退了款', 'A refund was made elsewhere'],
  'refund.accepted': ['微信已受理退款', 'WeChat has accepted the refund'],
  'refund.succeeded': ['退款已到账', 'The payer has the money back'],
  'refund.refused': [
    '微信暂时拒绝退款，会再次申请',
    'WeChat refuses the refund for now: it is asked again',
  ],
  'refund.closed': ['退款已结束，钱没有退', 'The refund has ended, and no money went back'],
  'refund.changed': [
    '退款异常：付款人的账户不可用，钱还在商户账户里',
    "The payer's account is not valid: the merchant has the money",
  ],
  'refund.after-close': [
    '已结束的退款还是到账了',
    'A refund that had ended was carried out after all',
  ],
  'refund.other-amount': [
    '微信有同号的退款，但金额不同',
    'WeChat has this refund with another amount',
  ],
  'receiver.forgotten': ['收货人信息已抹去', 'The receivers were made unreadable'],
  'delivery.done': ['商城已收到消息', 'The shop has accepted a message'],
  'delivery.failed': [
    '商城没有收下消息，会重发',
    'The shop has not accepted a message: it is sent again',
  ],
  'delivery.dead': [
    '消息一天没有送达，不再重发',
    'The shop has not accepted a message for a day: it is not sent again',
  ],
  'delivery.replayed': ['操作员重发了消息', 'An operator sent a message again'],
  'anomaly.resolved': ['异常已处理', 'An anomaly was dealt with'],
};

/** A payment of a shop's own order has none here. */
const kindsOfShop = {
  'payment.created': ['商城发起了这笔支付', 'A shop opened this payment'],
  'payment.paid': ['已付款', 'It is paid'],
};

export function nameOfEvent(kind, { merchant_order_no }) {
  const isOfShop = merchant_order_no !== null && Object.hasOwn(kindsOfShop, kind);
  return nameIn(isOfShop ? kindsOfShop : eventKinds, kind);
}

const actors = {
  shopper: ['顾客', 'Shopper'],
  operator: ['操作员', 'Operator'],
  wechat: ['微信', 'WeChat'],
  clock: ['定时任务', 'The clock'],
  shop: ['商城', 'The shop'],
  service: ['系统', 'The system'],
};

const factNames = {
  by: ['来源', 'By'],
  why: ['原因', 'Why'],
  reason: ['退款原因', 'Reason'],
  note: ['备注', 'Note'],
  told: ['微信答复', 'Answer'],
  type: ['消息', 'Message'],
  tries: ['次数', 'Tries'],
  err_code: ['错误码', 'Error code'],
  err_code_des: ['说明', 'Explanation'],
  total_fee: ['金额', 'Amount'],
  refund_fee: ['退款金额', 'Refund'],
  transaction_id: ['微信订单号', 'WeChat’s number'],
  out_refund_no: ['商户退款单号', 'Number of the refund'],
  refund_id: ['微信退款单号', 'WeChat’s number of the refund'],
};

const meanings = {
  by: { notice: ['微信通知', "WeChat's notice"], query: ['主动查询', 'our query'] },
  type: deliveryTypes,
  why: {
    'paid-after-close': ['关单之后才到账，原路退回', 'It came after the close, and goes back'],
    'second-transaction': ['同一个码付了两次，原路退回', 'The code was paid twice: this goes back'],
  },
};

/** Facts that a program of ours has put into words. */
const answers = ['told', 'why', 'err_code_des'];

function nowSays(status) {
  const [zh, en] = nameIn(refundStates, status);
  return [`微信当时的答复：${zh}`, `WeChat said then: ${en}`];
}

/** Why an anomaly has ended by itself, as it was then; what else stands there somebody wrote. */
const known = {
  'the money came after the close, and goes back by itself': [
    '款项在关单之后才到，当时正在原路退回',
    'The money came after the close, and was going back then',
  ],
  'WeChat has given a code': ['微信已给出二维码'],
  'WeChat says that nothing happened on that day': ['微信说那一天没有任何交易'],
  'WeChat has it no more': ['微信已没有这一天的账单', 'WeChat no longer has the bill of that day'],
  'settled by a query': ['向微信查询后已入账', 'Settled by a query'],
  'written down as a refund that was made elsewhere': [
    '已补记为在别处退的款',
    'Written down as a refund that was made elsewhere',
  ],
  'WeChat was asked what became of it, and is asked until it has ended': [
    '退款当时还在办理，已向微信查询',
    'The refund was on its way then, and WeChat was asked',
  ],
  'both sides agree by now': ['现在两边一致', 'Both sides agree by now'],
  'WeChat confirms it when it is asked': ['向微信查询，微信确认'],
};
const parts = [
  [/^paid by (\d+)$/, (no) => [`已由微信订单号 ${no} 付清`, `Paid by WeChat's number ${no}`]],
  [/^known again: /, () => ['又有明确结果了', 'It is known again']],
  [/^closed: /, () => ['支付已关闭', 'The payment is closed']],
  [/^refunded elsewhere: (\S+)$/, (no) => [`已在别处退回：${no}`, `Refunded elsewhere: ${no}`]],
  [
    /^a whole file has come(: SHA1 \w+)?$/,
    (file = '') => [`已取到完整的账单${file}`, `A whole bill has come${file}`],
  ],
  [
    /^the bill of (\S+) has it(: SHA1 \w+)?$/,
    (day, file = '') => [`${day} 的账单里有它${file}`, `The bill of ${day} has it${file}`],
  ],
  [
    /^beside the newer bill of (\S+) it is not so any more(: SHA1 \w+)$/,
    (day, file) => [
      `与微信新的 ${day} 账单相比，已不再这样${file}`,
      `Beside WeChat's newer bill of ${day} it is not so any more${file}`,
    ],
  ],
  [/^WeChat says now: (\w+)$/, nowSays],
  [
    /^WeChat says now: (\w+); refund-after-close tells of it$/,
    (status) => {
      const [zh, en] = nowSays(status);
      return [`${zh}；另有一条异常说明此事`, `${en}; another anomaly tells of it`];
    },
  ],
  [/^(refund\.[a-z-]+)$/, (kind) => nameIn(eventKinds, kind)],
];

export const wordsOfNote = (note) => wordsBy({ known, parts }, note);

function factOf(name, value, { fee_type = 'CNY' }) {
  if (name === 'note') return wordsOfNote(String(value));
  if (name.endsWith('_fee') && Number.isSafeInteger(value)) {
    const text = amountIn(value, fee_type);
    return [text, text];
  }
  if (Object.hasOwn(meanings[name] ?? {}, value)) return meanings[name][value];
  if (name === 'why' && Object.hasOwn(anomalyKinds, value)) return anomalyKinds[value].is;
  return answers.includes(name) ? wordsOfAnswer(String(value)) : [String(value), String(value)];
}

/** Who did it: a word, and a name if there is one. */
export function actorName({ actor }) {
  const at = actor.indexOf(':');
  const [zh, en] = nameIn(actors, at < 0 ? actor : actor.slice(0, at));
  const name = at < 0 ? '' : ` ${actor.slice(at + 1)}`;
  return [zh + name, en + name];
}

export const actorOf = (event) => say(make('span', { className: 'quiet' }), ...actorName(event));

/** What is known about it besides, a line for each fact that has a name here. */
export function factsOf({ detail }) {
  return Object.entries(detail)
    .filter(([name, value]) => Object.hasOwn(factNames, name) && value !== null && value !== '')
    .map(([name, value]) => {
      const [zh, en] = factNames[name];
      const [zhValue, enValue] = factOf(name, value, detail);
      const label = words(`${zh}：`, `${en}: `);
      return make('p', { className: 'quiet digits' }, label, words(zhValue, enValue));
    });
}
