import { attempt } from '@saoma/platform/attempt';

/**
 * One hash of the lesson (`cartList`, `payLog`): field = user id, value = JSON. What is kept here
 * can always be lost: nothing about money is known here only.
 */
export abstract class UserHash {
  abstract get(user_id: string): Promise<string | null>;
  abstract put(user_id: string, value: string): Promise<void>;
  /** Puts `next` (null: removes the field) if the value is still `expected`; tells if it was. */
  abstract replace(
    user_id: string,
    change: { expected: string | null; next: string | null },
  ): Promise<boolean>;
  /** Removes the field if its value is of the payment with this number. */
  abstract removePayment(user_id: string, out_trade_no: string): Promise<void>;
  /**
   * About a hundred users with their values, from the cursor of the page before on; `0` begins, and
   * ends. Each round meets every user who is there all the time; others may be missed.
   */
  abstract page(cursor: string): Promise<UserPage>;
}

export interface UserPage {
  readonly cursor: string;
  readonly values: readonly (readonly [user_id: string, value: string])[];
}

/** What is asked for at once; of few users Redis gives all. */
export const usersPerPage = 100;

/** What all instances share besides the database: Redis, or the memory of the one process. */
export abstract class SharedStore {
  abstract readonly cartList: UserHash;
  abstract readonly payLog: UserHash;
  /** Who was forgotten, and when: a copy, for when a backup of the database is restored. */
  abstract readonly forgottenUsers: UserHash;
  /** Tells all instances that a payment was settled; may be lost. */
  abstract ring(out_trade_no: string): void;
  /** Hears every ring of this and the other instances. */
  abstract onRing(listener: (out_trade_no: string) => void): void;
  /** Fails with service/unavailable, and why, while nothing can be written here. */
  abstract probe(): Promise<void>;
  /** Resolves when it answers, or after a moment without an answer: it may be away. */
  abstract untilReady(): Promise<void>;
  abstract close(): Promise<void>;
}

/** More users than this push out those who came first. */
const usersMax = 10_000;

class MemoryHash extends UserHash {
  private readonly values = new Map<string, string>();

  async get(user_id: string): Promise<string | null> {
    return this.values.get(user_id) ?? null;
  }

  async put(user_id: string, value: string): Promise<void> {
    this.set(user_id, value);
  }

  async replace(user_id: string, change: { expected: string | null; next: string | null }) {
    if ((this.values.get(user_id) ?? null) !== change.expected) return false;
    if (change.next === null) this.values.delete(user_id);
    else this.set(user_id, change.next);
    return true;
  }

  async removePayment(user_id: string, out_trade_no: string): Promise<void> {
    if (numberOf(this.values.get(user_id)) === out_trade_no) this.values.delete(user_id);
  }

  async page(cursor: string): Promise<UserPage> {
    const begin = Number(cursor);
    const values = [...this.values].slice(begin, begin + usersPerPage);
    const next = begin + usersPerPage;
    return { values, cursor: next < this.values.size ? String(next) : '0' };
  }

  private set(user_id: string, value: string): void {
    this.values.set(user_id, value);
    const [first = user_id] = this.values.keys();
    if (this.values.size > usersMax) this.values.delete(first);
  }
}

const numberOf = (value = ''): unknown => attempt(() => JSON.parse(value)?.out_trade_no);

/** Without Redis: for trying out, with one instance only. */
export class MemoryStore extends SharedStore {
  readonly cartList = new MemoryHash();
  readonly payLog = new MemoryHash();
  readonly forgottenUsers = new MemoryHash();
  private readonly listeners: ((out_trade_no: string) => void)[] = [];

  ring(out_trade_no: string): void {
    for (const listener of this.listeners) listener(out_trade_no);
  }

  onRing(listener: (out_trade_no: string) => void): void {
    this.listeners.push(listener);
  }

  async probe(): Promise<void> {}

  async untilReady(): Promise<void> {}

  async close(): Promise<void> {}
}
