import { Injectable } from '@nestjs/common';
import type { OrderAnswer } from '@saoma/contracts/order';
import { interval, map, merge, type Observable, Subject, startWith } from 'rxjs';
import { SharedStore } from './shared-store';

type Ring = OrderAnswer<'watchSettled'>;

/** A silent line counts as broken after 15 s, so it is never silent for that long. */
const heartbeatMs = 5_000;

/** Tells gateways that a payment is decided, closing or held, whichever instance moved it. */
@Injectable()
export class Bell {
  private readonly rings = new Subject<Ring>();

  constructor(private readonly store: SharedStore) {
    store.onRing((out_trade_no) => this.rings.next({ kind: 'settled', out_trade_no }));
  }

  ring(out_trade_no: string): void {
    this.store.ring(out_trade_no);
  }

  watchSettled(): Observable<Ring> {
    const heartbeats = interval(heartbeatMs).pipe(
      startWith(0),
      map((): Ring => ({ kind: 'heartbeat' })),
    );
    return merge(this.rings, heartbeats);
  }
}
