// What went back, or may have, in the place of money that a refund did not bring, `[zh, en]`:
// whoever would pay or refund it reads that first.
import { money } from '../../js/page.js';
import { othersSince, repeatOf } from '../../js/service/payService.js';

/** Whether one that had ended has reached the payer after all. */
export const isBackAfterAll = ({ out_refund_no }, { anomalies }) =>
  anomalies.some(
    ({ kind, transaction_id }) => kind === 'refund-after-close' && transaction_id === out_refund_no,
  );

const settled = [
  '它结束之后还是到账了：不要再退，把本条标记为已处理即可。',
  'It has reached the payer after all: refund nothing more, this is settled, and only to be ' +
    'marked.',
];

const again = {
  PROCESSING: (fee, number) => [
    `之后已再申请一次退款 ${fee}（${number}）：不要再退，等它到账后把本条标记为已处理。`,
    `A refund of ${fee} was asked for again since (${number}): refund nothing more, and mark ` +
      'this when that one has reached the payer.',
  ],
  SUCCESS: (fee, number) => [
    `之后已再退一次，${fee} 已到账（${number}）：不要再退，把本条标记为已处理即可。`,
    `${fee} has gone back since, by another refund (${number}): refund nothing more, this is ` +
      'settled, and only to be marked.',
  ],
};

const failedAgain = (fee, number) => [
  `之后已再申请一次退款 ${fee}（${number}），也没有退成：怎么办只看那一笔的异常和备注，本条标记为已处理即可。`,
  `A refund of ${fee} was asked for again since (${number}), and has failed too: go by the ` +
    'anomaly of that one and its notes alone, and only mark this.',
];

/** Where all that is to be done about it is done, or is another one's; undefined: it is not. */
export function endOf(refund, seen) {
  if (isBackAfterAll(refund, seen)) return settled;
  const repeat = repeatOf(refund, seen.refunds);
  if (repeat === undefined) return undefined;
  const status = isBackAfterAll(repeat, seen) ? 'SUCCESS' : repeat.status;
  return (again[status] ?? failedAgain)(money(repeat.refund_fee), repeat.out_refund_no);
}

const listed = (refunds) => {
  const all = refunds.map(({ refund_fee, out_refund_no }) => [money(refund_fee), out_refund_no]);
  return [
    all.map(([fee, number]) => `${fee}（${number}）`).join('、'),
    all.map(([fee, number]) => `${fee} (${number})`).join(', '),
  ];
};

/** What was refunded in other amounts since, which may be instead of it: as a list of sentences. */
export function othersTold(refund, { refunds }) {
  const others = othersSince(refund, refunds);
  const back = others.filter(({ status }) => status === 'SUCCESS');
  const underWay = others.filter(({ status }) => status === 'PROCESSING');
  const [[zhBack, enBack], [zhWay, enWay]] = [back, underWay].map(listed);
  return [
    back.length > 0 && [
      `之后另有退款到账：${zhBack}。`,
      `Other refunds have gone back since: ${enBack}.`,
    ],
    underWay.length > 0 && [
      `之后另外申请了退款，还没有结果：${zhWay}。`,
      `Other refunds were asked for since, and have not ended yet: ${enWay}.`,
    ],
  ].filter(Boolean);
}
