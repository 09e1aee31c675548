import { readUrl } from '@saoma/platform/config';
import { unknown } from '../unknown';
import type { Account, BillKind, BillRequest, BillVerdict, No, Unknown } from '../wechat-channel';
import type { WechatV3Caller } from './caller';
import { type Json, textOf } from './json';
import { get } from './sign';

/** The call that gives the ticket, and what it chooses. */
const calls = {
  trade: { method: 'tradebill', which: 'bill_type=ALL' },
  fundflow: { method: 'fundflowbill', which: 'account_type=BASIC' },
} as const satisfies Record<BillKind, object>;
const targetCharsMax = 2_048;

interface Ticket {
  readonly outcome: 'success';
  /** Path and query at which the file is had, within five minutes. */
  readonly target: string;
  readonly bill_hash: string;
}

/** Asks for the ticket of a file, and with it for the file. */
export class WechatV3Bills {
  constructor(
    private readonly wechat: WechatV3Caller,
    private readonly account: Account,
  ) {}

  async download(bill: BillRequest): Promise<BillVerdict> {
    const verdict = await this.attempt(bill);
    // A ticket that is over, or was taken back: a new one is had at once.
    const isOver = verdict.outcome === 'no' && verdict.err_code === ticketOver;
    return isOver ? this.attempt(bill) : verdict;
  }

  private async attempt({ day, kind }: BillRequest): Promise<BillVerdict> {
    const { method, which } = calls[kind];
    const ticket = await this.wechat.ask({
      method,
      account: this.account,
      request: get(`/v3/bill/${method}?bill_date=${day}&${which}&tar_type=GZIP`),
      about: { day },
      read: readTicket,
    });
    if (ticket.outcome !== 'success') return noFile(ticket);
    const { target, bill_hash } = ticket;
    const file = await this.wechat.download({
      method: 'billdownload',
      request: get(target),
      about: { day },
      errCodeHere: (code) => (code === 'INVALID_REQUEST' ? ticketOver : code),
    });
    return file.outcome === 'success' ? { ...file, bill_hash } : file;
  }
}

/** What a download means by INVALID_REQUEST. */
const ticketOver = 'TICKET_OVER';

function noFile(verdict: No | Unknown): BillVerdict {
  if (verdict.outcome === 'unknown') return verdict;
  if (verdict.err_code === 'NO_STATEMENT_EXIST') return { outcome: 'none' };
  return verdict.err_code === 'STATEMENT_CREATING' ? { outcome: 'creating' } : verdict;
}

/**
 * Only path and query of the address are used: the file is asked for where everything else is, so
 * that our signature goes nowhere else, whatever host WeChat names.
 */
function readTicket(answer: Json): Ticket | Unknown {
  const bill_hash = textOf(answer, 'hash_value')?.toLowerCase() ?? '';
  const url = readUrl(textOf(answer, 'download_url') ?? '');
  const target = url ? url.pathname + url.search : '';
  const isTicket = answer.hash_type === 'SHA1' && /^[0-9a-f]{40}$/.test(bill_hash);
  if (!isTicket || !/^\/v3\/[!-~]+$/.test(target) || target.length > targetCharsMax) {
    return unknown('answer without a ticket');
  }
  return { outcome: 'success', target, bill_hash };
}
