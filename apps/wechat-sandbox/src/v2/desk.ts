import { type No, nos } from '../book/no';
import type { Merchant } from '../merchant';
import { type Answer, business } from './answer';
import type { Call, Office } from './call';
import { closeorder } from './closeorder';
import { checkAtGate, isVisit } from './gate';
import { orderquery } from './orderquery';
import { refund } from './refund';
import { refundquery } from './refundquery';
import { unifiedorder } from './unifiedorder';
import type { Fields } from './xml';

const calls = { unifiedorder, orderquery, closeorder, refund, refundquery } satisfies Record<
  string,
  Call
>;
export type CallName = keyof typeof calls;
export const callNames = Object.keys(calls) as [CallName, ...CallName[]];

/** WeChat's paths: what needs the client certificate has a room of its own. */
export const callPaths = new Map<string, CallName>(
  callNames.map((name) => {
    const call: Call = calls[name];
    return [call.needsCertificate ? `/secapi/pay/${name}` : `/pay/${name}`, name];
  }),
);

/** WeChat's desk: checks a call and does what it says. */
export class Desk {
  constructor(
    private readonly merchants: readonly Merchant[],
    private readonly office: Office,
  ) {}

  needsCertificate(name: CallName): boolean {
    const call: Call = calls[name];
    return call.needsCertificate === true;
  }

  serve(name: CallName, fields: Fields): Answer {
    const call: Call = calls[name];
    const visit = checkAtGate(fields, call, this.merchants);
    return isVisit(visit) ? business(visit, call.act(visit, this.office)) : visit;
  }

  /** The call is checked, but has no effect. */
  refuse(name: CallName, fields: Fields, no: No = nos.system): Answer {
    const visit = checkAtGate(fields, calls[name], this.merchants);
    return isVisit(visit) ? business(visit, no) : visit;
  }
}
