// What is told of a payment whose end only WeChat or the shop knows: true however long that takes.
import { heldSentence } from './sentences.js';

/** WeChat has money for it that it cannot take. */
export const held = heldSentence;

/** The payer may have paid, and WeChat cannot be asked. */
export const unasked = [
  '暂时无法向微信查询。付过的钱不会丢，请不要再付。',
  'We cannot ask WeChat just now. What you have paid is not lost: please do not pay again.',
];

/** WeChat was asked, and knows of no money; what was paid just now may still come. */
export const unpaid = [
  '还没有收到这笔付款。如果刚刚付过，请不要再付：微信确认后，本页会自动更新。',
  'No money has come yet. If you have just paid, please do not pay again: this page will say so ' +
    'as soon as WeChat confirms it.',
];

/** It is to be closed, which WeChat has to do first. */
export const closing = [
  '正在关闭，请不要再付。微信确认后就会关闭；如果已经付过，钱不会丢，本页会显示结果。',
  'It is being closed, as soon as WeChat confirms it: please do not pay it. If you have paid, ' +
    'the money is not lost, and this page will say what became of it.',
];

/** It is closed, and no money is known of; what was paid may still come. */
export const closedUnpaid = [
  '它已取消或超时，不能再付款。如果已经付过，钱不会丢，会原路退回。',
  'It was cancelled or timed out. If you have paid, the money is not lost: it will be paid back.',
];
