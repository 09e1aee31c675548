// What was done about a difference, in the server's words, as people read it: `[zh, en]`, and
// whether it waits for somebody. The server's words are those of Healing in the order service. They
// are written once, and stay as they are whatever comes later: so these tell of that moment.
import { wordsOfAnswer } from './answer-words.js';
import { wordsOfNote } from './event-names.js';
import { nameIn, refundStates } from './names.js';

const heads = {
  right: ['已自动处理', 'Put right by itself'],
  followed: ['自动跟进', 'Followed by itself'],
  operator: [
    '需人工处理；是否已处理，见它的异常',
    'For an operator; whether it was dealt with, see its anomaly',
  ],
  unclear: [
    '对账时没有查清（满一天的，见它的异常）',
    'Not clear when this was compared (after a day, see its anomaly)',
  ],
  asked: [
    '已向微信查询，它的异常还没有结束的话，需人工处理',
    'WeChat was asked, for an operator if its anomaly is open',
  ],
};

const notThere = ['微信没有这个单号', 'WeChat has no such number'];

function noAnswer(why) {
  const [zh, en] = wordsOfAnswer(why);
  return [`微信没有明确答复：${zh}`, `WeChat gives no certain answer: ${en}`];
}

const behind = (words, text) => (text.startsWith(words) ? text.slice(words.length) : undefined);

/** Not WeChat's answer, but why it was not asked: who decides, or whether it becomes clear. */
const unasked = { 'never asked': 'operator', 'a code is being asked for': 'unclear' };
const anothers = 'the payment belongs to another appid or mch_id';
const notExist = ['ORDERNOTEXIST', 'RESOURCE_NOT_EXISTS', 'REFUNDNOTEXIST'];

function nowSays(told, { kind }) {
  if (notExist.includes(told)) return ['operator', notThere];
  const why = behind('unknown: ', told);
  if (why === anothers) return ['unclear', wordsOfAnswer(why)];
  if (why !== undefined) return ['unclear', noAnswer(why)];
  if (Object.hasOwn(unasked, told)) return [unasked[told], wordsOfAnswer(told)];
  const isRefund = kind.startsWith('REFUND_');
  const [zh, en] = isRefund ? nameIn(refundStates, told) : wordsOfAnswer(told);
  const says = [`微信当时的答复：${zh}`, `WeChat said then: ${en}`];
  // Whether that is what stands here these words do not tell.
  return [isRefund && Object.hasOwn(refundStates, told) ? 'asked' : 'operator', says];
}

const known = {
  'both sides agree by now': 'right',
  'settled by a query': 'right',
  'WeChat confirms it when it is asked': 'right',
  'written down as a refund that was made elsewhere': 'right',
};

const ofTheirOwn = {
  'it has ended since': [
    'followed',
    ['退款已有结果，见这笔支付的退款', 'It has ended since: see the refunds of the payment'],
  ],
  'it is on its way, and followed': [
    'followed',
    [
      '对账时退款还在办理；后来怎样，见这笔支付',
      'It was on its way when this was compared: see the payment for how it ended',
    ],
  ],
  'WeChat was asked what became of it, and is asked until it has ended': [
    'followed',
    [
      '对账时退款还在办理，已向微信查询；后来怎样，见这笔支付',
      'It was on its way when this was compared, and WeChat was asked: see the payment for how ' +
        'it ended',
    ],
  ],
  'the money came after the close, and goes back by itself': [
    'followed',
    [
      '款项在关单之后才到，对账时正在原路退回；后来怎样，见这笔支付',
      'The money came after the close, and was going back when this was compared: see the ' +
        'payment for how that ended',
    ],
  ],
  'an operator decides': ['operator', ['没有自动处理', 'Nothing was done by itself']],
  'other amount': ['operator', ['微信答复的金额不同', 'WeChat, asked, says another amount']],
};

/** `[head, words]`, the head a name. */
function outcomeOf(finding) {
  const { done } = finding;
  if (Object.hasOwn(known, done)) return [known[done], wordsOfNote(done)];
  if (Object.hasOwn(ofTheirOwn, done)) return ofTheirOwn[done];
  if (done.endsWith('; refund-after-close tells of it')) return ['operator', wordsOfNote(done)];
  const why = behind('nobody knows: ', done);
  if (why !== undefined) return ['unclear', noAnswer(why)];
  const told = behind('WeChat says now: ', done);
  return told === undefined ? ['operator', [done, done]] : nowSays(told, finding);
}

/** In a sentence; null: nothing was done yet, or what had to be done is over. */
export function sentenceOf(finding) {
  if (!finding.done) return null;
  const [name, says] = outcomeOf(finding);
  if (finding.ended && !['right', 'followed'].includes(name)) return null;
  const [zhHead, enHead] = heads[name];
  return [`${zhHead}：${says[0]}`, `${enHead}: ${says[1]}`];
}
