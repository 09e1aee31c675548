import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { createTables, key, moment, varchar } from './tables';

const forgotten = new Table({
  name: 'tb_forgotten_user',
  columns: [varchar('user_id', 255, key), moment('forgotten_time'), varchar('actor', 300)],
});

/** Who was forgotten is kept, so that a restored backup does not bring them back. */
export class Forgotten1700000000014 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await createTables(runner, [forgotten]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(forgotten.name, true);
  }
}
