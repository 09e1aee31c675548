// What a reader is told when something fails: in sight, at once, in the reader's language.
import { at, button, fill, make, say, words } from './page.js';
import { Problem } from './request.js';

const chinese = {
  'request/malformed': '请求无法识别',
  'request/invalid': '填写的内容有误',
  'auth/required': '请先登录',
  'auth/foreign-origin': '请求来自其他网站，已被拒绝',
  'item/not-found': '没有这件商品',
  'cart/empty': '购物车是空的',
  'cart/changed': '购物车刚刚有变动，请核对后再下单',
  'cart/too-large': '购物车放不下了',
  'order/not-found': '没有这笔订单',
  'payment/not-found': '没有这笔支付',
  'payment/already-paid': '这笔支付已经付款',
  'idempotency/key-reused': '这次下单已经提交过，请查看我的支付',
  'wechat/refused': '微信支付没有接受这笔付款。您没有付过钱，商家已收到通知，请稍后再试或联系商家',
  'wechat/unavailable': '暂时无法连接微信支付',
  'service/unavailable': '系统暂时不可用',
  'service/bug': '系统出了点问题',
};

/** What a problem is called, `[zh, en]`; the English is the server's own `title`. */
export function nameOf(problem) {
  if (!(problem instanceof Problem)) return ['页面出了点问题', 'Something went wrong on this page'];
  if (problem.status === 0) return ['网络或服务没有回应', problem.title];
  const general = problem.passing ? '系统出了点问题' : '操作没有成功';
  return [chinese[problem.code] ?? general, problem.title];
}

function show(...children) {
  fill(at('problem'), ...children);
  at('problem').hidden = false;
}

export function hideProblem() {
  at('problem').hidden = true;
}

/** Says something that needs the reader's eyes. */
export function warn(zh, en, ...more) {
  show(make('strong', {}, words(zh, en)), ...more);
}

/** Shows a problem that is final, with a button that does `again` if one is given. */
export function showProblem(problem, again) {
  if (!(problem instanceof Problem)) {
    // For whoever debugs: an error of ours is nothing that the server has told.
    setTimeout(() => {
      throw problem;
    });
  }
  const more = [];
  // The server explains in English.
  if (problem.detail) more.push(make('p', { className: 'in-english' }, problem.detail));
  if (again) more.push(button({}, words('重试', 'Try again'), again));
  warn(...nameOf(problem), ...more);
}

/** Shows that something is being tried again. */
export function showTrouble(problem) {
  const [zh, en] = nameOf(problem);
  show(retrying(make('strong'), [zh, en]));
}

/** Says in a node that it is being tried again. */
export function retrying(node, [zh, en]) {
  return say(node, `${zh}，正在重试…`, `${en}. Trying again…`);
}

const offline = new Problem({ status: 0, title: 'There is no network' });

addEventListener('offline', () => showTrouble(offline));
addEventListener('online', hideProblem);
