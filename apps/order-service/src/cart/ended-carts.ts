import { Injectable } from '@nestjs/common';
import { SharedStore, type UserHash } from '../redis/shared-store';
import { lastChange, stamped } from './stored-cart';

const daysMax = 90;
const dayMs = 86_400_000;

/** Removes carts that nobody has changed for 90 days: those of passing visitors would pile up. */
@Injectable()
export class EndedCarts {
  private readonly hash: UserHash;
  private cursor = '0';

  constructor(store: SharedStore) {
    this.hash = store.cartList;
  }

  /** Looks at the next users, about a hundred, and in the end begins anew. */
  async sweep(now: Date): Promise<void> {
    const { cursor, values } = await this.hash.page(this.cursor);
    for (const [user_id, expected] of values) {
      const next = this.next(expected, now);
      // A cart that is changed at this moment stays.
      if (next !== expected) await this.hash.replace(user_id, { expected, next });
    }
    this.cursor = cursor;
  }

  private next(value: string, now: Date): string | null {
    const changed = lastChange(value);
    // Earlier versions kept no day: theirs is today.
    if (changed === undefined) return stamped(value, now);
    return now.getTime() - changed.getTime() > daysMax * dayMs ? null : value;
  }
}
