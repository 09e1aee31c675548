import type { BillRow } from '@saoma/contracts/bills';
import type { EntityTarget, ObjectLiteral } from 'typeorm';
import { SuiteRoom } from '../suite-room.spec-kit';
import { PayPeer } from './pay-peer.spec-kit';
import { Reconciliation } from './reconciliation';
import { ReconciliationRow } from './reconciliation.entity';
import { ReconciliationService } from './reconciliation.service';

/** An order service of a suite of tests, whose pay service has the bills that a test gives it. */
export class BillRoom extends SuiteRoom {
  readonly pay = new PayPeer();

  rowOf(day: string): Promise<ReconciliationRow> {
    return this.room.database.statements((m) => m.findOneByOrFail(ReconciliationRow, { day }));
  }

  async carryOn(day: string, by = this.room): Promise<ReconciliationRow> {
    await by.get(Reconciliation).carryOn(await this.rowOf(day));
    return this.rowOf(day);
  }

  /** WeChat has these rows of the day now, or none at all, and an operator has it compared. */
  async compare(day: string, rows?: BillRow[]): Promise<void> {
    if (rows) this.pay.bills.set(day, rows);
    else this.pay.bills.delete(day);
    await this.room.get(ReconciliationService).reconcile({ day });
    await this.carryOn(day);
  }

  write(...rows: object[]): Promise<void> {
    return this.room.database.statements(async (manager) => {
      for (const row of rows) await manager.insert(row.constructor as never, row as never);
    });
  }

  empty(...tables: EntityTarget<ObjectLiteral>[]): Promise<void> {
    return this.room.database.statements(async (manager) => {
      for (const table of tables) await manager.createQueryBuilder().delete().from(table).execute();
    });
  }

  protected startPay(): Promise<string> {
    return this.pay.start();
  }

  protected async stopPay(): Promise<void> {
    await this.pay.stop();
  }
}
