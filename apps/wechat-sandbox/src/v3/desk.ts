import type { Merchants } from '../merchants';
import { abnormalRefund } from './abnormal-refund';
import { done, refused, success, type Told } from './answer';
import { billdownload, fundflowbill, tradebill } from './bills';
import type { Call, Incoming, Office } from './call';
import { certificates } from './certificates';
import { close } from './close';
import { echo } from './echo';
import { checkAtGate, isVisit, type Way } from './gate';
import { native } from './native';
import { queryByNumber, queryByTransaction } from './query';
import { refund, refundQuery } from './refunds';
import { isRefusal, type Refusal } from './refusal';

const calls: readonly Call[] = [
  native,
  queryByNumber,
  queryByTransaction,
  close,
  refund,
  refundQuery,
  abnormalRefund,
  certificates,
  tradebill,
  fundflowbill,
  billdownload,
  echo,
];

const patternOf = ({ path }: Call): RegExp =>
  new RegExp(`^${path.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
const ways = calls.map((call) => ({ call, pattern: patternOf(call) }));

/** WeChat's desk of v3: checks a call and does what it says. */
export class Desk {
  constructor(
    private readonly merchants: Merchants,
    private readonly office: Office,
  ) {}

  /** The call behind a path and method, or why there is none: neither says a word about it. */
  way({ method, target }: Incoming): Way | Told {
    const path = target.replace(/\?.*$/s, '');
    const here = ways.filter(({ pattern }) => pattern.test(path));
    if (here.length === 0) return { status: 404 };
    const found = here.find(({ call }) => call.method === method);
    if (!found) return { status: 405 };
    const params = decoded(found.pattern.exec(path)?.groups ?? {});
    return params ? { call: found.call, params } : { status: 404 };
  }

  async serve(incoming: Incoming, way: Way): Promise<Told> {
    const visit = checkAtGate(incoming, way, this.merchants);
    if (!isVisit(visit)) return visit;
    const result = await way.call.act(visit, this.office);
    const { reader } = visit;
    if (result === undefined) return done(reader);
    if (isRefusal(result)) return refused(result, reader);
    if ('json' in result) return success(result.json, reader);
    return { status: 200, content: result, internal: 0 };
  }

  /** The call is checked, but has no effect. */
  refuse(incoming: Incoming, way: Way, no: Refusal | 202 | 204): Told {
    const visit = checkAtGate(incoming, way, this.merchants);
    if (!isVisit(visit)) return visit;
    return typeof no === 'number' ? done(visit.reader, no) : refused(no, visit.reader);
  }
}

function decoded(groups: Readonly<Record<string, string>>): Record<string, string> | undefined {
  try {
    const entries = Object.entries(groups);
    return Object.fromEntries(entries.map(([name, text]) => [name, decodeURIComponent(text)]));
  } catch {
    return undefined;
  }
}
