// Each kind of anomaly: what it is, and what to do about it, `[zh, en]`. More is in
// docs/operating.md.

const unknownLong = [
  '一小时以来，微信那边的结果无法确定',
  'For an hour nobody could say what WeChat knows',
];
const askedAgain = [
  '系统会一直查询，钱不会丢。请看支付服务的日志：能连上微信吗？',
  'It is asked again and again, nothing is lost. Look into the log of the pay service: can ' +
    'WeChat be reached?',
];
const onceOfBoth = [
  '通知和账单会各报一条：微信订单号相同的是同一笔款项，只处理一次。',
  'The notice and the bill each bring such an anomaly: with one transaction number they are of ' +
    'the same money, which is dealt with once.',
];

export const anomalyKinds = {
  'unknown-number': {
    is: [
      '微信收到了款项，但这里没有这个单号',
      'WeChat received money for a number that is not here',
    ],
    todo: [
      '如果别的系统也用这个商户号，款项属于它，不要退。如果数据库是从备份恢复的，请对照账单发货，' +
        `或在商户平台退款。${onceOfBoth[0]}`,
      'If another system uses this merchant number, the money belongs to it: do not refund it. ' +
        'After a backup was restored, compare with the bill: ship, or refund in the merchant ' +
        `console. ${onceOfBoth[1]}`,
    ],
  },
  'other-amount': {
    is: ['微信收到的金额与应付金额不同', 'WeChat received another amount than was asked for'],
    todo: [
      '先看这笔支付是否已由同一个微信订单号付清：如果是，不要退，请在支付页面向微信查询，微信确认后本条自动结束。' +
        '否则请在商户平台核对并退款。',
      'Look first whether this very transaction has paid it: then refund nothing, and ask WeChat ' +
        'on the page of the payment, which ends this if WeChat confirms the amount. ' +
        'Else compare with the merchant console and refund there.',
    ],
  },
  'other-currency': {
    is: ['微信收到的不是人民币', 'WeChat received another currency than CNY'],
    todo: ['请在商户平台核对并退款。', 'Compare with the merchant console and refund there.'],
  },
  'transaction-reused': {
    is: ['这个微信订单号已经付过另一笔支付', 'This transaction has paid another payment already'],
    todo: ['这不该发生：请联系微信支付。', 'This should never happen: ask WeChat.'],
  },
  'unreadable-money': {
    is: [
      '微信说已付款，但金额、时间或单号无效',
      'WeChat says that it is paid, but its amount, time or number is not valid',
    ],
    todo: [
      '系统会继续查询，答复有效后自动入账。若一直如此，请在商户平台查看。',
      'It is asked again, and settled as soon as the answer is valid. If that does not ' +
        'come, look into the merchant console.',
    ],
  },
  'code-refused': {
    is: ['微信拒绝下单，没有人能付款', 'WeChat refuses to open it: nobody can pay it'],
    todo: [
      '请看微信的说明，改正配置或开通权限，然后把本条标记为已处理：支付还没有关闭的话，顾客再来时会重新下单。',
      "Read WeChat's words, correct the configuration, then resolve this: unless the payment is " +
        'closed by now, WeChat is asked again when the shopper comes back.',
    ],
  },
  'lasting-unknown': { is: unknownLong, todo: askedAgain },
  'orders-moved': {
    is: [
      '款项正确，但订单不全是未付款',
      'The money is right, but not all of its orders are unpaid',
    ],
    todo: [
      '有人手工改过订单：请改回未付款，下次查询会入账；或在商户平台退款。',
      'Somebody changed the orders by hand: set them back to unpaid and it is settled at ' +
        'the next query, or refund in the merchant console.',
    ],
  },
  'refund-refused': {
    is: ['微信暂时拒绝退款', 'WeChat refuses a refund for now'],
    todo: [
      '请看微信的说明，改正它指出的配置、证书或权限。微信受理后会自动继续。',
      "Read WeChat's words, and correct the configuration, certificate or permission that they " +
        'name. It continues by itself once WeChat takes it.',
    ],
  },
  'refund-closed': {
    is: ['退款已结束，钱没有退', 'A refund has ended, and no money went back'],
    todo: [
      '操作员的退款可以再退一次；先看这笔支付的退款，可能已经再退过。',
      'What an operator refunded can be refunded again; look first at the refunds of its ' +
        'payment, since somebody may have done so.',
    ],
  },
  'refund-changed': {
    is: [
      '退款异常：付款人的银行卡或账户不可用，这笔没有退成',
      "The payer's card or account is not valid: this refund could not reach it",
    ],
    todo: [
      '请在商户平台或用其他方式打款。',
      'Pay it out in the merchant console, or in another way.',
    ],
  },
  'refund-other-amount': {
    is: ['微信有同号的退款，但金额不同', 'WeChat has a refund of this number with another amount'],
    todo: [
      '恢复备份之后：这是从前的退款，已按其金额记账，刚申请的没有退。否则请在商户平台查看。',
      'After a backup was restored: it is an earlier refund, written down with its amount in ' +
        'place of the one that was asked for, which is not made. Otherwise look into the ' +
        'merchant console.',
    ],
  },
  'refund-lasting-unknown': { is: unknownLong, todo: askedAgain },
  'refund-elsewhere': {
    is: [
      '在别处（例如商户平台）退了款，或恢复备份时丢了的退款',
      'A refund was made elsewhere, in the merchant console for instance, or a backup had lost it',
    ],
    todo: [
      '列在这笔支付的退款里的，已经记下；否则会在别的退款让出余额后记下。支付没有收下的款项（金额不符等）的退款不会记下：' +
        '请看那笔款项的异常。请提醒同事在这里退款。',
      'It is written down if it is among the refunds of the payment, or will be as soon as other ' +
        'refunds leave room. Of money that the payment did not take (another amount, say) it is ' +
        'not: see the anomaly of that money. Tell your colleagues that refunds are made here.',
    ],
  },
  'refund-after-close': {
    is: ['已结束的退款还是到账了', 'A refund that had ended has reached the payer after all'],
    todo: [
      '它没有计入已退金额，可能已再退过一次：再退款前请核对商户平台。',
      'It is not counted, and may have been made again: compare with the merchant console ' +
        'before you refund more.',
    ],
  },
};

/** What the comparison with WeChat's bill of a day has found, and what to do about it. */
const ofBills = {
  'bill-state': {
    is: ['账单里已付款，查单结果却不是', 'The bill says paid, and WeChat, when asked, does not'],
    todo: [
      '查清之前不要发货，也不要退款：请在商户平台查看，过后重新对账。',
      'Neither ship nor refund before it is clear: look into the merchant console, and compare ' +
        'the day again later.',
    ],
  },
  'bill-channel-only': {
    is: ['账单里有这里没有的单号', 'The bill has a payment of a number that is not here'],
    todo: [
      '如果别的系统也用这个商户号，款项属于它，不要退。否则是这里的账丢了这一笔（恢复过备份）：' +
        `请找到它的订单，然后发货，或在商户平台退款。${onceOfBoth[0]}`,
      'If another system uses this merchant number, the money belongs to it: do not refund it. ' +
        'Otherwise our books have lost it (a backup was restored): find its order, and ship, or ' +
        `refund in the merchant console. ${onceOfBoth[1]}`,
    ],
  },
  'bill-local-only': {
    is: ['这里已付款，账单里没有', 'Paid here, but in no bill'],
    todo: [
      '查清之前不要发货，也不要退款：钱可能从未到账。请在商户平台查看，并联系微信支付。' +
        '可能换过商户号，也可能有人知道您的密钥。',
      'Neither ship nor refund before it is clear: the money may never have come. Look into the ' +
        'merchant console, and ask WeChat. The merchant number may have been changed, or ' +
        'somebody knows your keys.',
    ],
  },
  'bill-amount': {
    is: ['账单的金额不同', 'The bill has another amount'],
    todo: [
      '先看这笔支付是否已由同一个微信订单号付清：如果是，不要退，请问微信支付为什么说了两个金额。' +
        '否则不要发货，请在商户平台核对金额和币种，在那里退款。',
      'Look first whether this very transaction has paid it: then refund nothing, and ask WeChat ' +
        'why it has told two amounts. Else do not ship, compare amount and currency with the ' +
        'merchant console and refund there.',
    ],
  },
  'bill-transaction': {
    is: ['账单的微信订单号不同，或多了一个', 'The bill has another or a second transaction'],
    todo: [
      '请在商户平台查看两个单号；只有确实多付的那一笔才在那里退款。',
      'Look both numbers up in the merchant console, and refund there only what was really paid ' +
        'twice.',
    ],
  },
  'bill-refund-failed': {
    is: ['退款只在一边失败', 'A refund has failed on one side only'],
    todo: [
      '先在商户平台查看钱是否已退给付款人；没有退，才在那里打款，或再退一次。',
      'Look into the merchant console whether the payer has the money: only if not, pay it out ' +
        'there, or refund again.',
    ],
  },
  'bill-refund-channel-only': {
    is: ['账单里有这里没有的退款', 'The bill has a refund that is not here'],
    todo: [
      '如果别的系统也用这个商户号，退款属于它。否则有人在商户平台退过：先在那里查看，不要再退同一笔款项。',
      'If another system uses this merchant number, the refund belongs to it. Otherwise ' +
        'somebody has refunded in the merchant console: look there, and do not refund the same ' +
        'money again.',
    ],
  },
  'bill-refund-local-only': {
    is: ['这里有退款，账单里没有', 'A refund of ours that is in no bill'],
    todo: [
      '付款人可能没有收到钱：先在商户平台查看，查清之前不要再退。',
      'The payer may not have the money: look into the merchant console, and refund nothing more ' +
        'before it is clear.',
    ],
  },
  'bill-refund-amount': {
    is: ['账单的退款金额不同', 'The bill has a refund of another amount'],
    todo: [
      '先在商户平台查看实际退了多少，查清之前不要再退。',
      'Look into the merchant console how much has gone back, and refund nothing more before it ' +
        'is clear.',
    ],
  },
  'bill-totals': {
    is: [
      '账单文件不完整或不可信，没有比对',
      'The bill of a day is not whole, or not what it claims to be: it was not compared',
    ],
    todo: [
      '三个月之内，每六小时会再取一次，取到完整的账单后本条自动结束。一直取不到的话，请在商户平台下载账单核对。',
      'For three months it is fetched again every six hours, and this ends when a whole one ' +
        'comes. If none does, download the bill in the merchant console and compare.',
    ],
  },
};
Object.assign(anomalyKinds, ofBills);

const unknownKind = (kind) => ({ is: [kind, kind], todo: ['', ''] });

export const anomalyOf = (kind) =>
  Object.hasOwn(anomalyKinds, kind) ? anomalyKinds[kind] : unknownKind(kind);
