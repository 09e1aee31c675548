import { type V2CallName, v2CallNames } from '../call-name';
import type { Merchants } from '../merchants';
import { type Answer, business, refusal } from './answer';
import type { Call, Office } from './call';
import { closeorder } from './closeorder';
import { type BillFile, billRefusal, billSystemError, downloadbill } from './downloadbill';
import { checkAtGate, isVisit } from './gate';
import type { V2No } from './no';
import { orderquery } from './orderquery';
import { refund } from './refund';
import { refundquery } from './refundquery';
import { downloadbillRules } from './rules';
import { unifiedorder } from './unifiedorder';
import type { Fields } from './xml';

const calls = { unifiedorder, orderquery, closeorder, refund, refundquery } satisfies Record<
  string,
  Call
>;
/** `downloadbill` is the only other one: it answers with a file instead of a result. */
const call = (name: keyof typeof calls): Call => calls[name];

export const needsCertificate = (name: V2CallName): boolean =>
  name !== 'downloadbill' && call(name).needsCertificate === true;

/** WeChat's paths: what needs the client certificate has a room of its own. */
export const callPaths = new Map<string, V2CallName>(
  v2CallNames.map((name) => [
    needsCertificate(name) ? `/secapi/pay/${name}` : `/pay/${name}`,
    name,
  ]),
);

/** WeChat's desk: checks a call and does what it says. */
export class Desk {
  constructor(
    private readonly merchants: Merchants,
    private readonly office: Office,
  ) {}

  serve(name: V2CallName, fields: Fields): Answer | BillFile {
    if (name === 'downloadbill') return this.bill(fields);
    const visit = checkAtGate(fields, call(name), this.merchants);
    if (!isVisit(visit)) return refusal(visit.words);
    return business(visit, call(name).act(visit, this.office));
  }

  /** The call is checked, but has no effect; a bill knows no other "no" than its SYSTEMERROR. */
  refuse(name: V2CallName, fields: Fields, no: V2No): Answer {
    if (name === 'downloadbill') return billSystemError;
    const visit = checkAtGate(fields, call(name), this.merchants);
    return isVisit(visit) ? business(visit, no) : refusal(visit.words);
  }

  private bill(fields: Fields): Answer | BillFile {
    const visit = checkAtGate(fields, { rules: downloadbillRules }, this.merchants);
    return isVisit(visit) ? downloadbill(visit, this.office.book) : billRefusal(visit);
  }
}
