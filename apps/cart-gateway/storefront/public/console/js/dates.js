// Every time and day of the console is Beijing's, as in WeChat's bills, wherever it is read.
import { make } from '../../js/page.js';

const dayMs = 86_400_000;
const parts = { year: 'numeric', month: '2-digit', day: '2-digit' };
const clock = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' };
const format = new Intl.DateTimeFormat('zh-CN', { ...parts, ...clock, timeZone: 'Asia/Shanghai' });

/** `2026/11/27 01:39:42`: no reader of either language takes the day for the month. */
export const timeText = (iso) => format.format(new Date(iso));

export const beijing = (iso) => make('time', { dateTime: iso }, timeText(iso));

/** The moment at which a day (`yyyy-MM-dd`) begins in Beijing, as ISO 8601; empty for no day. */
export function dayBegins(day) {
  return day === '' ? '' : new Date(`${day}T00:00:00+08:00`).toISOString();
}

/** The moment at which it is over. */
export function dayEnds(day) {
  return day === '' ? '' : new Date(Date.parse(dayBegins(day)) + dayMs).toISOString();
}
