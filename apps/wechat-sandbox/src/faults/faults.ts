import type { Log } from '@saoma/platform/log';
import type { Api } from '../book/trade';
import type { CallFault, FaultRule, NoticeFault } from './fault';

/** A fault that was given: how many occasions matched it and how often it fired. */
export interface Fault<R extends FaultRule = FaultRule> {
  readonly id: number;
  readonly rule: R;
  seen: number;
  fired: number;
}

/** Something that a fault may change. */
export interface Occasion {
  readonly out_trade_no: string | undefined;
  readonly mch_id: string | undefined;
  readonly api: Api;
}

const faultsMax = 1_000;

export const isSpent = ({ rule, fired }: Fault): boolean => fired >= rule.times;

/** The faults that were given, in their order. Each occasion takes at most one of them. */
export class Faults {
  private readonly faults: Fault[] = [];
  private lastId = 0;

  constructor(private readonly log: Log) {}

  /** Takes a fault in; the oldest spent one leaves when there are too many, else it is refused. */
  give(rule: FaultRule): Fault | undefined {
    if (this.faults.length >= faultsMax) {
      const spent = this.faults.findIndex(isSpent);
      if (spent < 0) return undefined;
      this.faults.splice(spent, 1);
    }
    this.lastId += 1;
    const fault = { id: this.lastId, rule, seen: 0, fired: 0 };
    this.faults.push(fault);
    return fault;
  }

  atCall(call: string, occasion: Occasion): CallFault | undefined {
    return this.take((rule): rule is CallFault => {
      if ('notice' in rule.match) return false;
      return (rule.match.call ?? call) === call && concerns(rule, occasion);
    });
  }

  atNotice(notice: 'pay' | 'refund', occasion: Occasion): NoticeFault | undefined {
    return this.take((rule): rule is NoticeFault => {
      return 'notice' in rule.match && rule.match.notice === notice && concerns(rule, occasion);
    });
  }

  list(): readonly Fault[] {
    return this.faults;
  }

  forget(): void {
    this.faults.length = 0;
  }

  /** Whether there was one. */
  forgetOne(id: number): boolean {
    const at = this.faults.findIndex((fault) => fault.id === id);
    if (at >= 0) this.faults.splice(at, 1);
    return at >= 0;
  }

  private take<R extends FaultRule>(matches: (rule: FaultRule) => rule is R): R | undefined {
    let firing: R | undefined;
    for (const fault of this.faults) {
      if (isSpent(fault) || !matches(fault.rule)) continue;
      fault.seen += 1;
      if (firing || fault.seen < fault.rule.nth) continue;
      fault.fired += 1;
      firing = fault.rule;
      this.log.info({ fault: fault.id, rule: fault.rule, fired: fault.fired }, 'a fault fires');
    }
    return firing;
  }
}

function concerns({ match }: FaultRule, { out_trade_no, mch_id, api }: Occasion): boolean {
  return (
    (match.api ?? api) === api &&
    (match.out_trade_no ?? out_trade_no) === out_trade_no &&
    (match.mch_id ?? mch_id) === mch_id
  );
}
