import { FaultInput } from '../faults/fault';
import { type Fault, isSpent } from '../faults/faults';
import { type Html, heads, html, postButton, words } from '../html';

const ready = (rule: unknown, zh: string, en: string) => ({
  rule: FaultInput.parse(rule),
  label: words(zh, en),
});

/** The faults that a person orders with one click; `/_sandbox/faults` takes all others. */
export const readyFaults: readonly ReturnType<typeof ready>[] = [
  ready(
    { kind: 'black_hole', match: { call: 'unifiedorder' } },
    '下单成功但应答丢失',
    'The next order gets no answer',
  ),
  ready(
    { kind: 'http_error', match: { call: 'orderquery' } },
    '查单返回 502',
    'The next query gets a 502',
  ),
  ready(
    { kind: 'pay', match: { call: 'closeorder' }, phase: 'before' },
    '关单前付款人抢先付款',
    'The payer pays before the next close',
  ),
  ready({ kind: 'wrong_sign' }, '下一个应答签名错误', 'The next answer has a wrong signature'),
  ready(
    { kind: 'refund_ending', ending: 'CHANGE', match: { call: 'refund' } },
    '下一笔退款异常',
    'The next refund ends abnormally',
  ),
  ready(
    { kind: 'drop', match: { notice: 'pay' } },
    '丢失下一次支付通知',
    'The next payment notice is lost',
  ),
  ready(
    { kind: 'duplicate', match: { notice: 'pay' } },
    '支付通知重复两次',
    'The next payment notice comes twice',
  ),
  ready(
    { kind: 'altered_amount', match: { notice: 'pay' } },
    '支付通知金额被改',
    'The next payment notice has another amount',
  ),
];

const second = 1_000;
const hour = 3_600 * second;

/** How far one click turns the clock. */
export const clockSteps: readonly { readonly advance_ms: number; readonly label: Html }[] = [
  { advance_ms: 15 * second, label: words('15 秒', '15 s') },
  { advance_ms: 300 * second, label: words('5 分钟', '5 min') },
  { advance_ms: 2 * hour, label: words('2 小时', '2 h') },
  { advance_ms: 24 * hour, label: words('1 天', '1 day') },
];

/** The clock and the faults, each a row of buttons. */
export function bookTools(faults: readonly Fault[]): Html {
  const steps = clockSteps.map(({ advance_ms, label }) =>
    postButton('/book/clock', { advance_ms }, html`<button>+ ${label}</button>`),
  );
  const orders = readyFaults.map(({ label }, number) =>
    postButton('/book/fault', { number }, html`<button>${label}</button>`),
  );
  return html`<section class="tools" aria-labelledby="clock">
<h2 id="clock">${words('拨快时钟', 'Turn the clock')}</h2>
<div class="acts">${steps}</div>
</section>
<section class="tools" aria-labelledby="faults">
<h2 id="faults">${words('故障', 'Faults')}</h2>
<div class="acts">${orders}</div>
${faults.length > 0 ? faultTable(faults) : html`<p class="none">${noFaults}</p>`}
</section>`;
}

const noFaults = words('没有故障', 'None were ordered');

function faultTable(faults: readonly Fault[]): Html {
  const row = (fault: Fault) => html`<tr><td>${fault.id}</td><td>${fault.rule.kind}</td>
<td>${JSON.stringify(fault.rule.match)}</td><td>${'phase' in fault.rule && fault.rule.phase}</td>
<td>${fault.rule.nth}</td><td>${fault.fired}/${fault.rule.times}</td>
<td>${isSpent(fault) ? words('已用', 'spent') : words('待用', 'waiting')}</td></tr>`;
  return html`<div class="wide" tabindex="0"><table>
<tr>${heads(['#', '#'], ['种类', 'Kind'], ['对象', 'Match'])}
${heads(['阶段', 'Phase'], ['第几次', 'Nth'], ['触发', 'Fired'], ['状态', 'State'])}</tr>
${faults.map(row)}</table></div>
<div class="acts">${forgetAll}</div>`;
}

const forgetAll = postButton(
  '/book/forget-faults',
  {},
  html`<button>${words('取消全部故障', 'Forget all faults')}</button>`,
);
