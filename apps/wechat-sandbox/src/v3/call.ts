import type { Book } from '../book/book';
import type { Refund, Trade } from '../book/trade';
import type { CallName } from '../call-name';
import type { Merchant } from '../merchant';
import type { BillFile, Reader } from './answer';
import type { Event } from './event';
import type { Platform } from './platform';
import type { Refusal } from './refusal';
import type { Rules } from './rules';
import type { Tickets } from './tickets';

/** One HTTP request at one of WeChat's paths, as it came in. */
export interface Incoming {
  readonly method: string;
  /** The request target, query and all. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  /** Where the request came to, without a path: `http://127.0.0.1:9100`. */
  readonly origin: string;
}

/** A request of a merchant who has shown its key. */
export interface Visit {
  readonly merchant: Merchant;
  readonly v3_key: string;
  readonly reader: Reader;
  /** What stands in the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Buffer;
  readonly origin: string;
}

/** What a call works with. */
export interface Office {
  readonly book: Book;
  readonly platform: Platform;
  readonly tickets: Tickets;
  /** Called once for each refund that WeChat accepts. */
  refunded(trade: Trade, refund: Refund): void;
  /** Called once for each echo that wants a notice. */
  echoed(merchant: Merchant, url: string, event: Event): void;
}

/** What came of a call: an object, a file, nothing, or a "no". */
export type Result = { readonly json: unknown } | BillFile | undefined | Refusal;

export interface Call {
  readonly name: CallName;
  readonly method: 'GET' | 'POST';
  /** `{name}` stands for one part of the path. */
  readonly path: string;
  readonly params?: Rules;
  readonly query?: Rules;
  act(visit: Visit, office: Office): Result | Promise<Result>;
}
