// A day in figures: today's, unless the address names another.
import { at, fill, money, say, words } from '../../js/page.js';
import { patiently } from '../../js/paged-list.js';
import { inConsole } from './access.js';
import { showChart } from './chart.js';
import { fact, tableBy } from './parts.js';
import { getStatistics, listAnomalies } from './service.js';

const asked = new URLSearchParams(location.search).get('day') ?? '';

const count = (number) => words(`${number} 笔`, String(number));
const none = () => words('还没有', 'none yet');

function share(rate) {
  return rate === null ? none() : `${Math.round(rate * 100)}%`;
}

/** Seconds are enough for how long somebody takes to pay. */
function duration(ms) {
  if (ms === null) return none();
  const seconds = Math.round(ms / 1000);
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
  return words(`${minutes} 分 ${rest} 秒`, `${minutes} min ${rest} s`);
}

const figures = (day) => [
  fact('已支付', 'Paid', money(day.paid_fee), ' · ', count(day.paid)),
  fact('已退款', 'Refunded', money(day.refund_fee), ' · ', count(day.refunded)),
  fact('待支付', 'Waiting', count(day.waiting)),
  fact('已关闭', 'Closed', count(day.closed)),
  fact('款项待核实', 'Money to look into', count(day.held)),
  fact('成功率', 'Success rate', share(day.success_rate)),
  fact('从出码到付款', 'From code to paid', duration(day.code_to_paid_ms)),
];

const columns = [
  ['小时', 'Hour', ({ hour }) => `${String(hour).padStart(2, '0')}:00`],
  ['已支付', 'Paid', ({ paid }) => String(paid)],
  ['金额', 'Amount', ({ paid_fee }) => money(paid_fee)],
  ['待支付', 'Waiting', ({ waiting }) => String(waiting)],
  ['已关闭', 'Closed', ({ closed }) => String(closed)],
  ['已退款', 'Refunded', ({ refund_fee }) => money(refund_fee)],
];

/** The most that one answer lists. */
const anomaliesMax = 100;

/** Of all days, and as it is now: what is owed of a payment of another day is to be seen here. */
function showOpen({ anomalies: { length } }) {
  const [zh, en] =
    length < anomaliesMax
      ? [`${length} 条`, String(length)]
      : [`超过 ${anomaliesMax - 1} 条`, `more than ${anomaliesMax - 1}`];
  say(
    at('open'),
    `待处理的异常（不限日期）：${zh}`,
    `Anomalies to be dealt with, of all days: ${en}`,
  );
}

async function load() {
  const open = { state: 'OPEN', limit: anomaliesMax };
  return Promise.all([getStatistics(asked), listAnomalies(open)]);
}

async function show() {
  const [day, open] = await patiently(load);
  showOpen(open);
  if (at('day').value === '') at('day').value = day.day;
  at('cut').hidden = day.is_whole;
  fill(at('figures'), ...figures(day));
  fill(at('hours'), tableBy(columns, day.hours, 'hours-summary'));
  at('found').hidden = false;
  const paid = day.hours.map((hour) => hour.paid);
  showChart(at('chart'), paid);
}

inConsole(show);
