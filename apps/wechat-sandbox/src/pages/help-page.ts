import { type Html, html, type Page, words } from '../html';
import { bookStyle } from './book-style';

interface ControlCall {
  /** `POST /_sandbox/pay`, as the controller has it. */
  readonly call: string;
  readonly what: Html;
  /** What curl sends; a call without one has no body. */
  readonly body?: object;
}

const order = { out_trade_no: 'T20260930-0001' };
const control = (call: string, what: Html, body?: object): ControlCall => ({
  call,
  what,
  ...(body && { body }),
});

/** Every call of the control plane. */
const controlCalls: readonly ControlCall[] = [
  control('POST /_sandbox/pay', words('付款人付款', 'the payer pays'), order),
  control('GET /_sandbox/trades', words('全部订单', 'every order')),
  control(
    'GET /_sandbox/trades/:out_trade_no',
    words('一笔订单：请求、调用次数、通知和应答', 'one order: request, calls, notices, replies'),
  ),
  control('GET /_sandbox/refunds', words('全部退款', 'every refund')),
  control(
    'POST /_sandbox/refunds',
    words('商户在商户平台退款', "the merchant refunds in WeChat's console"),
    { ...order, refund_fee: 1 },
  ),
  control(
    'POST /_sandbox/notices',
    words('立即发送一次通知，可以是伪造的', 'sends one notice now, a forged one too'),
    { ...order, fault: { kind: 'forged' } },
  ),
  control(
    'POST /_sandbox/faults',
    words('安排一个故障：种类见 README', 'orders a fault: the README has all kinds'),
    { match: { call: 'refund' }, phase: 'after', kind: 'reset' },
  ),
  control('GET /_sandbox/faults', words('全部故障', 'every fault')),
  control('DELETE /_sandbox/faults/:id', words('取消一个故障', 'forgets one fault')),
  control('DELETE /_sandbox/faults', words('取消全部故障', 'forgets all faults')),
  control('GET /_sandbox/clock', words('沙箱的时间', "the sandbox's time")),
  control('POST /_sandbox/clock', words('拨快时钟', 'turns the clock forward'), {
    advance_ms: 7_200_000,
  }),
  control('GET /_sandbox/settings', words('规则的时间', "the rules' times")),
  control('POST /_sandbox/settings', words('改变规则的时间', 'changes them'), {
    close_after_ms: 0,
  }),
  control(
    'GET /_sandbox/platform',
    words('微信用来签名的公钥和证书', 'the keys that WeChat signs APIv3 with'),
  ),
  control('POST /_sandbox/platform', words('更换平台证书', 'a new platform certificate'), {
    rotate: true,
  }),
  control(
    'POST /_sandbox/merchants',
    words('增加或更改一个商户', 'adds a merchant, or changes one'),
    { mch_id: '10000101', appid: 'wx2421b1c4370ec43b', key: '192006250b4c09247ec02edce69f6a2d' },
  ),
  control(
    'POST /_sandbox/sign',
    words('微信对任何文本的签名（APIv3）', "WeChat's signature of APIv3 over any text"),
    { body: '{}' },
  ),
  control('DELETE /_sandbox', words('忘记订单、退款和故障', 'forgets orders, refunds and faults')),
];

/** @param url where this sandbox is, without a slash at the end */
export function helpPage(url: string): Page {
  return {
    title: words('帮助 · 微信支付沙箱', 'Help · WeChat Pay sandbox'),
    style: bookStyle,
    body: html`<header>
<h1>${words('帮助', 'Help')} <small>${words('微信支付沙箱', 'WeChat Pay sandbox')}</small></h1>
<p><a href="/book">${words('账本', 'Book')}</a> · <a href="/phone">${words('手机', 'Phone')}</a></p>
</header>
<main>
<section class="tools"><p>${instead} <code>https://api.mch.weixin.qq.com</code></p>
<pre tabindex="0">${url}</pre></section>
${controlCalls.map((each) => callCard(each, url))}
</main>`,
  };
}

const instead = words('您的客户端里，用这个地址代替', "Your client's address, in place of");

function callCard({ call, what, body }: ControlCall, url: string): Html {
  return html`<article data-call="${call}">
<h2 class="number">${call}</h2>
<p class="what">${what}</p>
<pre tabindex="0">${curlOf(call, url, body)}</pre>
</article>`;
}

/** One line for a shell. */
function curlOf(call: string, url: string, body: object | undefined): string {
  const [method = '', path = ''] = call.split(' ');
  const target = path.replace(':out_trade_no', order.out_trade_no).replace(':id', '1');
  const how = body ? ` -d '${JSON.stringify(body)}'` : method === 'GET' ? '' : ` -X ${method}`;
  return `curl${how} '${url}${target}'`;
}
