import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ttlMsDefault } from '../config';
import { First1700000000001 } from './migrations/0001-first';
import { MoneyBack1700000000002 } from './migrations/0002-money-back';
import { Reconciliation1700000000012 } from './migrations/0012-reconciliation';
import { Searches1700000000013 } from './migrations/0013-searches';
import { Forgotten1700000000014 } from './migrations/0014-forgotten';
import { ShopOrders1700000000015 } from './migrations/0015-shop-orders';
import {
  addColumns,
  changeIndices,
  dropColumns,
  moment,
  optional,
  reversed,
  setTextLength,
  text,
  varchar,
} from './migrations/tables';

const refunds = 'tb_refund';
const byTransaction = {
  table: refunds,
  old: [],
  new: [{ name: 'tb_refund_by_transaction', columnNames: ['transaction_id'] }],
};

/** Every settlement asks whether its money is on its way back already. */
class TransactionsOfRefunds1700000000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await changeIndices(runner, byTransaction);
  }

  async down(runner: QueryRunner): Promise<void> {
    await changeIndices(runner, reversed(byTransaction));
  }
}

/**
 * REFUND means that the orders were paid. A payment that was closed unpaid, and whose late money
 * went back, was called REFUND as well: that all its orders are closed tells it apart.
 */
export class ClosedStaysClosed1700000000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `UPDATE tb_paylog SET trade_state = '2' WHERE trade_state = '3'
        AND EXISTS (SELECT * FROM tb_order o
          WHERE o.out_trade_no = tb_paylog.out_trade_no AND o.status = '6')
        AND NOT EXISTS (SELECT * FROM tb_order o
          WHERE o.out_trade_no = tb_paylog.out_trade_no AND o.status <> '6')`,
    );
  }

  /** Money of a closed payment that went back came late. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      "UPDATE tb_paylog SET trade_state = '3' WHERE trade_state = '2' AND refund_fee > 0",
    );
  }
}

/** Where the name of a user stands, alone or after `operator:`, and how long it was before. */
const names = [
  { table: 'tb_order', column: 'user_id', before: 64, length: 255 },
  { table: 'tb_idempotency', column: 'user_id', before: 64, length: 255 },
  { table: 'tb_paylog', column: 'user_id', before: 64, length: 255 },
  { table: 'tb_anomaly', column: 'resolved_by', before: 64, length: 255 },
  { table: 'tb_pay_event', column: 'actor', before: 80, length: 300 },
];

/** OpenID Connect gives a `sub` 255 characters. */
export class LongUserIds1700000000005 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const name of names) await setTextLength(runner, name);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const { before: length, ...name } of names) {
      await setTextLength(runner, { ...name, length });
    }
  }
}

const unknownTime = moment('unknown_time', optional);
const wordsOfWechat = [
  {
    table: 'tb_anomaly',
    columns: [varchar('err_code', 32, optional), varchar('err_code_des', 128, optional)],
  },
  { table: 'tb_paylog', columns: [moment('refused_until_time', optional), unknownTime] },
  { table: 'tb_refund', columns: [unknownTime] },
];

/** What WeChat refuses and why, and since when nobody can say what it did. */
class WordsOfWechat1700000000006 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const later of wordsOfWechat) await addColumns(runner, later);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const later of wordsOfWechat) await dropColumns(runner, later);
  }
}

const frozenRefunds = { table: refunds, columns: [text('refund_request', optional)] };

/** A refund is asked for in the same words at every try, whatever the configuration becomes. */
class FrozenRefunds1700000000007 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await addColumns(runner, frozenRefunds);
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropColumns(runner, frozenRefunds);
  }
}

const notes = { table: 'tb_anomaly', column: 'note', before: 200, length: 2_000 };

/** An anomaly keeps the notes of all who dealt with it. */
class NotesOfAnomalies1700000000008 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await setTextLength(runner, notes);
  }

  async down(runner: QueryRunner): Promise<void> {
    await setTextLength(runner, { ...notes, length: notes.before });
  }
}

const unknownCodes = {
  table: 'tb_paylog',
  columns: [moment('code_unknown_time', optional)],
};

/** A code that nobody gets is not hidden by queries that WeChat answers. */
class UnknownCodes1700000000009 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await addColumns(runner, unknownCodes);
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropColumns(runner, unknownCodes);
  }
}

const byTimeAndDue = {
  table: 'tb_paylog',
  old: [
    { name: 'tb_paylog_by_user', columnNames: ['user_id', 'out_trade_no'] },
    { name: 'tb_paylog_by_look', columnNames: ['trade_state', 'next_look_time'] },
  ],
  new: [
    {
      name: 'tb_paylog_by_user_and_time',
      columnNames: ['user_id', 'create_time', 'out_trade_no'],
    },
    { name: 'tb_paylog_by_time', columnNames: ['create_time', 'out_trade_no'] },
    {
      name: 'tb_paylog_by_state_and_time',
      columnNames: ['trade_state', 'create_time', 'out_trade_no'],
    },
    { name: 'tb_paylog_by_due_time', columnNames: ['next_look_time'] },
  ],
};

/** However many payments there are, a list reads its page, and the watcher what is due. */
class PagesOfPayments1700000000010 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await changeIndices(runner, byTimeAndDue);
  }

  async down(runner: QueryRunner): Promise<void> {
    await changeIndices(runner, reversed(byTimeAndDue));
  }
}

const moneyKinds = `'other-amount', 'other-currency', 'transaction-reused', 'orders-moved',
  'unreadable-money'`;

/**
 * A payment keeps how long it lives, and when WeChat told of money that it cannot take. Those that
 * are there live as long as the configuration says now: as a default that costs nothing, however
 * many they are.
 */
export class LivesOfPayments1700000000011 implements MigrationInterface {
  ttlMs = ttlMsDefault;

  private get columns() {
    const life = { name: 'ttl_ms', type: 'bigint', default: this.ttlMs };
    return { table: 'tb_paylog', columns: [life, moment('misplaced_time', optional)] };
  }

  async up(runner: QueryRunner): Promise<void> {
    await addColumns(runner, this.columns);
    await runner.query(
      `UPDATE tb_paylog SET misplaced_time = (SELECT MAX(a.create_time) FROM tb_anomaly a
          WHERE a.out_trade_no = tb_paylog.out_trade_no AND a.kind IN (${moneyKinds}))
        WHERE trade_state = '0' AND misplaced_time IS NULL`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropColumns(runner, this.columns);
  }
}

const refundsOfOrders = {
  table: refunds,
  columns: [varchar('order_id', 20, optional), text('order_fees', optional)],
};

/** A refund is of orders; what was refunded before counts into them in their order. */
class RefundsOfOrders1700000000016 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await addColumns(runner, refundsOfOrders);
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropColumns(runner, refundsOfOrders);
  }
}

const sale = { table: 'tb_item', columns: [varchar('on_sale', 1, { default: "'1'" })] };
const bySale = {
  table: 'tb_item',
  old: [],
  new: [{ name: 'tb_item_by_sale', columnNames: ['on_sale', 'item_id'] }],
};

/** What is not sold any more, or not now, stays in the catalogue. */
class ItemsOnSale1700000000017 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await addColumns(runner, sale);
    await changeIndices(runner, bySale);
  }

  async down(runner: QueryRunner): Promise<void> {
    await changeIndices(runner, reversed(bySale));
    await dropColumns(runner, sale);
  }
}

const replacedBills = {
  table: 'tb_reconciliation_finding',
  columns: [varchar('bill_hash', 40, optional), varchar('ended', 200, optional)],
};

/**
 * A finding has the file that says it, and why a newer one has ended it. Which file of its day said
 * one of before nobody knows: it is taken for the last, so that it rather stays told than ends.
 */
export class ReplacedBills1700000000018 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await addColumns(runner, replacedBills);
    await runner.query(
      `UPDATE tb_reconciliation_finding SET bill_hash = (SELECT d.bill_hash
          FROM tb_reconciliation d WHERE d.day = tb_reconciliation_finding.day)
        WHERE bill IS NOT NULL AND bill_hash IS NULL`,
    );
  }

  /** The services of before know no finding that has ended. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DELETE FROM tb_reconciliation_finding WHERE ended IS NOT NULL');
    await dropColumns(runner, replacedBills);
  }
}

/**
 * Every step from an empty database to these tables, oldest first; a landed step never changes. A
 * small one, such as a new column, stands here; one that makes tables has a file of its own.
 */
export const migrations = [
  First1700000000001,
  MoneyBack1700000000002,
  TransactionsOfRefunds1700000000003,
  ClosedStaysClosed1700000000004,
  LongUserIds1700000000005,
  WordsOfWechat1700000000006,
  FrozenRefunds1700000000007,
  NotesOfAnomalies1700000000008,
  UnknownCodes1700000000009,
  PagesOfPayments1700000000010,
  LivesOfPayments1700000000011,
  Reconciliation1700000000012,
  Searches1700000000013,
  Forgotten1700000000014,
  ShopOrders1700000000015,
  RefundsOfOrders1700000000016,
  ItemsOnSale1700000000017,
  ReplacedBills1700000000018,
];
