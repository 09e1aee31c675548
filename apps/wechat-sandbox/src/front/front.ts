import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { nos } from '../book/no';
import type { CallName } from '../call-name';
import type { CallFault } from '../faults/fault';
import { type Parcel, reset, sendDripping, sendHuge, sendWhole, swallow } from '../faults/send';
import type { Sandbox } from '../sandbox';
import { type Answer, writeAnswer } from '../v2/answer';
import { needsCertificate } from '../v2/desk';
import type { BillFile } from '../v2/downloadbill';
import { type Knock, readKnock } from '../v2/gate';
import type { Fields } from '../v2/xml';
import { replacement, spoiltFile, textParcel, webPage, writeSpoilt } from './spoil';

/** One call as it came in, and where its answer goes. */
interface Visitor {
  readonly name: CallName;
  readonly fields: Fields;
  readonly fault: CallFault | undefined;
  readonly out: ServerResponse;
}

/** What stands between WeChat's desk and the network: faults happen here. */
export class Front {
  /** The latest answers of each merchant and call, about two orders: what `swapped` hands out. */
  private readonly answered = new Map<string, { out_trade_no: string; parcel: Parcel }[]>();

  constructor(private readonly sandbox: Sandbox) {}

  async serve(name: CallName, knock: Knock & { hasCertificate: boolean }, out: ServerResponse) {
    if (needsCertificate(name) && !knock.hasCertificate) {
      return sendWhole(out, webPage(400, '400 No required SSL certificate was sent'));
    }
    const fields = readKnock(knock);
    if (!(fields instanceof Map)) return sendWhole(out, textParcel(writeAnswer(fields)));
    const fault = this.sandbox.faults.atCall(name, {
      out_trade_no: fields.get('out_trade_no'),
      mch_id: fields.get('mch_id'),
    });
    const visitor = { name, fields, fault, out };
    if (fault?.phase === 'before') await this.before(visitor, fault);
    else await this.after(visitor);
  }

  /** The fault comes first; only a delay and a payment let the call through. */
  private async before(visitor: Visitor, fault: CallFault): Promise<void> {
    const { name, fields, out } = visitor;
    switch (fault.kind) {
      case 'pay':
        await this.pay(fields);
        return this.after({ ...visitor, fault: undefined });
      case 'delay':
        await wait(fault.delay_ms, undefined, { ref: false });
        return this.after({ ...visitor, fault: undefined });
      case 'black_hole':
        return swallow(out);
      case 'reset':
        return reset(out);
    }
    const instead = replacement(fault);
    if (instead && 'body' in instead) return sendWhole(out, instead);
    const refused = this.sandbox.desk.refuse(name, fields, instead ?? nos.system);
    return sendWhole(out, textParcel(writeAnswer(refused)));
  }

  /** The call has its effect; then the fault comes. */
  private async after(visitor: Visitor): Promise<void> {
    const { name, fields, fault, out } = visitor;
    const answer = this.sandbox.desk.serve(name, fields);
    if (fault?.kind === 'refund_ending') this.endRefund(fields, fault.ending);
    const parcel = this.parcel(visitor, answer);
    switch (fault?.kind) {
      case 'pay':
        await this.pay(fields);
        return sendWhole(out, parcel);
      case 'delay':
        await wait(fault.delay_ms, undefined, { ref: false });
        return sendWhole(out, parcel);
      case 'black_hole':
        return swallow(out);
      case 'reset':
        return reset(out);
      case 'slow_drip':
        return sendDripping(out, parcel, fault.drip_ms);
      case 'huge_body':
        return sendHuge(out, parcel, fault.bytes);
      default:
        return sendWhole(out, parcel);
    }
  }

  private parcel(visitor: Visitor, answer: Answer | BillFile): Parcel {
    const { name, fields, fault } = visitor;
    const instead = fault && replacement(fault);
    if (instead && 'body' in instead) return instead;
    const told = instead ? this.sandbox.desk.refuse(name, fields, instead) : answer;
    if ('file' in told) return textParcel(spoiltFile(told.file, fault));
    const own = textParcel(writeSpoilt(told, fault));
    return told.visit ? this.remembered(visitor, own) : own;
  }

  /** Keeps the answer for later calls; `swapped` gets what was kept of another order. */
  private remembered({ name, fields, fault }: Visitor, own: Parcel): Parcel {
    const key = `${fields.get('mch_id')}/${name}`;
    const out_trade_no = fields.get('out_trade_no') ?? '';
    const others = (this.answered.get(key) ?? []).filter(
      (each) => each.out_trade_no !== out_trade_no,
    );
    if (!fault) this.answered.set(key, [...others.slice(-1), { out_trade_no, parcel: own }]);
    return (fault?.kind === 'swapped' && others.at(-1)?.parcel) || own;
  }

  /** The payer pays what the call is about, and the merchant hears of it. */
  private async pay(fields: Fields): Promise<void> {
    const trade = this.trade(fields);
    if (trade) await this.sandbox.pay(trade.code_url)?.told;
  }

  private endRefund(fields: Fields, ending: 'REFUNDCLOSE' | 'CHANGE'): void {
    const out_refund_no = fields.get('out_refund_no') ?? '';
    const known = this.sandbox.book.findRefund(fields.get('mch_id') ?? '', { out_refund_no });
    if (known) known.refund.ending = ending;
  }

  private trade(fields: Fields) {
    return this.sandbox.book.find({
      mch_id: fields.get('mch_id') ?? '',
      transaction_id: fields.get('transaction_id') ?? '',
      out_trade_no: fields.get('out_trade_no') ?? '',
    });
  }
}
