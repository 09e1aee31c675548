import test from 'node:test';
import type { DatabaseBench } from './schema/spec-kit';
import { OrderRoom } from './spec-kit';

/** An order service that is open while a suite's tests run, beside a pay service of the suite's. */
export abstract class SuiteRoom {
  private opened: OrderRoom | undefined;

  constructor(bench: DatabaseBench) {
    test.before(async () => {
      const env = { PAY_RPC: await this.startPay() };
      this.opened = await OrderRoom.open(bench, { env });
    });
    test.after(async () => {
      await this.opened?.close();
      await this.stopPay();
    });
  }

  /** Not before its tests run. */
  get room(): OrderRoom {
    if (!this.opened) throw new Error('the room is not open');
    return this.opened;
  }

  /** Gives its address. */
  protected abstract startPay(): Promise<string>;
  protected abstract stopPay(): Promise<void>;
}
