import {
  type ColumnType,
  type QueryRunner,
  type Table,
  TableColumn,
  type TableColumnOptions,
  TableIndex,
  type TableIndexOptions,
} from 'typeorm';

type Options = Partial<TableColumnOptions>;
export const varchar = (name: string, length: number, more: Options = {}): TableColumnOptions => ({
  name,
  type: 'varchar',
  length: String(length),
  ...more,
});
export const key: Options = { isPrimary: true };
export const optional: Options = { isNullable: true };
export const fen = (name: string): TableColumnOptions => ({ name, type: 'bigint' });
export const text = (name: string, more: Options = {}): TableColumnOptions => ({
  name,
  type: 'text',
  ...more,
});
export const moment = (name: string, more: Options = {}): TableColumnOptions => ({
  name,
  type: 'datetime',
  precision: 3,
  ...more,
});

/**
 * Creates tables that are not there yet. A server commits each of these statements by itself, so
 * every step is one that can be repeated after a crash.
 */
export async function createTables(runner: QueryRunner, tables: readonly Table[]): Promise<void> {
  const collation = await exactCollation(runner);
  for (const table of tables) {
    const copy = table.clone();
    for (const column of copy.columns) translate(column, runner, collation);
    await runner.createTable(copy, true);
  }
}

/** Columns that a later step gives to a table. */
export interface LaterColumns {
  readonly table: string;
  readonly columns: readonly TableColumnOptions[];
}

/** Adds the columns that are not there yet: it can be repeated after a crash. */
export async function addColumns(runner: QueryRunner, later: LaterColumns): Promise<void> {
  const collation = await exactCollation(runner);
  const old = await runner.getTable(later.table);
  for (const options of later.columns) {
    if (old?.findColumnByName(options.name)) continue;
    const column = new TableColumn(options);
    translate(column, runner, collation);
    await runner.addColumn(later.table, column);
  }
}

export async function dropColumns(runner: QueryRunner, later: LaterColumns): Promise<void> {
  for (const { name } of later.columns) await runner.dropColumn(later.table, name);
}

/** Indices that a later step puts in the place of others. */
export interface LaterIndices {
  readonly table: string;
  readonly old: readonly TableIndexOptions[];
  readonly new: readonly TableIndexOptions[];
}

/** Makes the new ones before the old ones go; can be repeated after a crash. */
export async function changeIndices(runner: QueryRunner, later: LaterIndices): Promise<void> {
  const { indices = [] } = (await runner.getTable(later.table)) ?? {};
  const isThere = new Set(indices.map(({ name }) => name));
  for (const one of later.new) {
    if (!isThere.has(one.name)) await runner.createIndex(later.table, new TableIndex(one));
  }
  for (const { name = '' } of later.old) {
    if (isThere.has(name)) await runner.dropIndex(later.table, name);
  }
}

export const reversed = (later: LaterIndices): LaterIndices => ({
  table: later.table,
  old: later.new,
  new: later.old,
});

/**
 * Gives a text another length and keeps its rows and indices: on a server TypeORM would drop the
 * column and add an empty one. Can be repeated after a crash.
 */
export async function setTextLength(
  runner: QueryRunner,
  change: { readonly table: string; readonly column: string; readonly length: number },
): Promise<void> {
  const { table, column, length } = change;
  const old = (await runner.getTable(table))?.findColumnByName(column);
  if (!old) throw new Error(`${table} has no ${column}`);
  const collation = await exactCollation(runner);
  if (collation === undefined) {
    const changed = old.clone();
    changed.length = String(length);
    return runner.changeColumn(table, old, changed);
  }
  const type = `varchar(${length}) CHARACTER SET utf8mb4 COLLATE ${collation}`;
  const nullable = old.isNullable ? 'NULL' : 'NOT NULL';
  await runner.query(`ALTER TABLE ${table} MODIFY ${column} ${type} ${nullable}`);
}

/** Names the type as this database does; every text compares exactly, whatever the default is. */
function translate(column: TableColumn, runner: QueryRunner, collation: string | undefined): void {
  const isText = column.type === 'varchar' || column.type === 'text';
  if (isText && collation) Object.assign(column, { charset: 'utf8mb4', collation });
  column.type = runner.connection.driver.normalizeType({ type: column.type as ColumnType });
}

/**
 * The collation that compares byte for byte, blanks at the end included; SQLite always does. Its
 * name depends on the server, not on what the address calls it.
 */
async function exactCollation(runner: QueryRunner): Promise<string | undefined> {
  if (runner.connection.options.type === 'better-sqlite3') return undefined;
  const [row] = await runner.query('SELECT VERSION() AS version');
  return /mariadb/i.test(String(row?.version)) ? 'utf8mb4_nopad_bin' : 'utf8mb4_0900_bin';
}
