import type { Dialect } from '@saoma/contracts/values';
import { beijingDay } from '@saoma/platform/beijing';
import type { WechatFinding } from './wechat-channel';

const dayMs = 86_400_000;
/** From then on somebody has to do something: an alarm is heard as well. */
const soonDays = 14;

/** A certificate by which WeChat and we know each other, by a name that an operator knows. */
export interface Ending {
  readonly dialect: Dialect;
  readonly name: string;
  readonly expires: Date;
}

/** Until when a certificate is valid: wrong once it has ended, or ends soon. */
export function certificateFinding(
  { dialect, name, expires }: Ending,
  nowMs = Date.now(),
): WechatFinding {
  const finding = { dialect, about: 'certificate' } as const;
  const end = beijingDay(expires.getTime());
  const days = Math.floor((expires.getTime() - nowMs) / dayMs);
  if (days < 0) return { ...finding, is: 'bad', says: `${name} ended on ${end}` };
  const says = `${name} ends on ${end}, in ${days} days`;
  if (days >= soonDays) return { ...finding, is: 'good', says };
  return { ...finding, is: 'bad', says: `${says}: put a new one in place` };
}
