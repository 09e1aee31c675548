import { type MigrationInterface, type QueryRunner, TableIndex } from 'typeorm';

const table = 'tb_refund';
const index = new TableIndex({
  name: 'tb_refund_by_transaction',
  columnNames: ['transaction_id'],
});

/** Every settlement asks whether its money is on its way back already. */
export class TransactionsOfRefunds1700000000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const { indices = [] } = (await runner.getTable(table)) ?? {};
    // A server does not undo what a migration that died has done.
    if (indices.some(({ name }) => name === index.name)) return;
    await runner.createIndex(table, index);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropIndex(table, index);
  }
}
