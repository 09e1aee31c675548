import { gzipSync } from 'node:zlib';
import { dayOf } from '../bill/day';
import { type BillType, writeBill } from '../bill/tradebill';
import type { Book } from '../book/book';
import type { Answer, Visit } from './answer';
import type { Objection } from './rules';

/** A bill: neither XML nor signed. */
export interface BillFile {
  readonly file: Buffer;
}

/** Answers of downloadbill that say no have a code of their own name, and no signature. */
function no(return_msg: string, error_code: '20001' | '20002'): Answer {
  return { fields: new Map(Object.entries({ return_code: 'FAIL', return_msg, error_code })) };
}

/** WeChat words the same objections otherwise here. */
export function billRefusal({ reason, name }: Objection): Answer {
  if (reason === 'sign') return no('SIGN ERROR', '20001');
  if (reason === 'missing') return no('missing parameter', '20001');
  return no(name === 'bill_type' ? 'invalid bill_type' : 'data format error', '20001');
}

export const billSystemError: Answer = no('SYSTEMERROR', '20002');

export function downloadbill(visit: Visit, book: Book): Answer | BillFile {
  const bill_date = visit.fields.get('bill_date') ?? '';
  const type = (visit.fields.get('bill_type') || 'ALL') as BillType;
  const day = dayOf(bill_date, book.clock.now());
  if (day.isKept && !day.isMade) return no('Bill Creating', '20002');
  const trades = book.trades().filter(({ mch_id }) => mch_id === visit.merchant.mch_id);
  const bill = writeBill(trades, { bill_date, type }, day.made_ms);
  if (!bill || !day.isKept) return no('No Bill Exist', '20002');
  const file = Buffer.from(bill);
  return { file: visit.fields.get('tar_type') === 'GZIP' ? gzipSync(file) : file };
}
