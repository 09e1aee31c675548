import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { dayOf } from '../bill/day';
import { writeFundFlow } from '../bill/fundflowbill';
import { type BillType, writeBill } from '../bill/tradebill';
import type { Call, Office, Result, Visit } from './call';
import { downloadQuery, fundflowQuery, tradebillQuery } from './fields';
import { refusals } from './refusal';

export const tradebill: Call = {
  name: 'tradebill',
  method: 'GET',
  path: '/v3/bill/tradebill',
  query: tradebillQuery,
  act(visit, office) {
    const type = (visit.query.get('bill_type') || 'ALL') as BillType;
    return ticket(visit, office, ({ bill_date, made_ms }) =>
      writeBill(tradesOf(visit, office), { bill_date, type }, made_ms),
    );
  },
};

export const fundflowbill: Call = {
  name: 'fundflowbill',
  method: 'GET',
  path: '/v3/bill/fundflowbill',
  query: fundflowQuery,
  act(visit, office) {
    // Everything moves on the basic account here.
    const isBasic = (visit.query.get('account_type') || 'BASIC') === 'BASIC';
    return ticket(visit, office, ({ bill_date }) =>
      isBasic ? writeFundFlow(tradesOf(visit, office), bill_date) : undefined,
    );
  },
};

const tradesOf = ({ merchant }: Visit, { book }: Office) =>
  book.trades().filter(({ mch_id }) => mch_id === merchant.mch_id);

/** The file is made now; the answer says where it can be had for five minutes. */
function ticket(
  { merchant, query, origin }: Visit,
  { book, tickets }: Office,
  write: (day: { readonly bill_date: string; readonly made_ms: number }) => string | undefined,
): Result {
  const bill_date = (query.get('bill_date') ?? '').replaceAll('-', '');
  const day = dayOf(bill_date, book.clock.now());
  if (!day.isKept) return refusals.noBillOfThatDay;
  if (!day.isMade) return refusals.statementCreating;
  const text = write({ bill_date, made_ms: day.made_ms });
  if (!text) return refusals.noStatement;
  const file = Buffer.from(text);
  const token = tickets.give(merchant.mch_id, file);
  const zipped = query.get('tar_type') === 'GZIP' ? '&tartype=gzip' : '';
  return {
    json: {
      download_url: `${origin}/v3/billdownload/file?token=${token}${zipped}`,
      hash_type: 'SHA1',
      // Of the plain file, however it is downloaded.
      hash_value: createHash('sha1').update(file).digest('hex'),
    },
  };
}

export const billdownload: Call = {
  name: 'billdownload',
  method: 'GET',
  path: '/v3/billdownload/file',
  query: downloadQuery,
  act({ merchant, query }, { tickets }) {
    const known = tickets.take(query.get('token') ?? '');
    if (!known) return refusals.ticketExpired;
    if (known.mch_id !== merchant.mch_id) return refusals.otherTicket;
    return query.get('tartype') === 'gzip'
      ? { file: gzipSync(known.file), type: 'application/x-gzip' }
      : { file: known.file, type: 'text/plain' };
  },
};
