import {
  type EntityManager,
  EntityNotFoundError,
  type EntityTarget,
  type ObjectLiteral,
  type QueryResult,
} from 'typeorm';

// Statements of our own, in SQL that all databases speak: for the hot path and for many rows, where
// TypeORM's builders take longer to write a statement than a database to carry it out; and for what
// they cannot say. All else is TypeORM's.

type Value = string | number | Date | null;
/** What `:name` stands for in a statement: a value, or a list of them. */
type Values = Readonly<Record<string, Value | readonly Value[]>>;
interface Where {
  /** What follows WHERE: a condition, and an order and a limit if there are any. */
  readonly where: string;
  readonly values: Values;
}

/** Carries out a statement that changes rows; gives how many it has found. */
export async function runUpdate(manager: EntityManager, sql: string, values: Values) {
  const { affected = 0 } = await ask(manager, ...placed(sql, values));
  return affected;
}

/**
 * Inserts all of them by one statement; a column that a row does not name is NULL. Values are
 * written as they are: no transformer and no default of an entity is asked, and a column must have
 * the name of its property.
 */
export async function insertRows<Row extends ObjectLiteral>(
  manager: EntityManager,
  table: EntityTarget<Row>,
  rows: readonly Row[],
): Promise<void> {
  if (rows.length === 0) return;
  const { tableName, columns } = manager.dataSource.getMetadata(table);
  const names = columns.map(({ databaseName }) => databaseName);
  const places = `(${names.map(() => '?').join(', ')})`;
  const all = rows.map(() => places).join(', ');
  const values = rows.flatMap((row) => names.map((name): Value => row[name] ?? null));
  await ask(manager, `INSERT INTO ${tableName} (${names.join(', ')}) VALUES ${all}`, values);
}

/** The row for which the condition holds. Fails with EntityNotFoundError if there is none. */
export async function findRow<Row extends ObjectLiteral>(
  manager: EntityManager,
  table: EntityTarget<Row>,
  which: Where,
): Promise<Row> {
  const [row] = await findRows(manager, table, which);
  if (!row) throw new EntityNotFoundError(table, which.values);
  return row;
}

/**
 * The rows for which the condition holds, hydrated as TypeORM does it, transformers included; but
 * here, too, a column must have the name of its property.
 */
export async function findRows<Row extends ObjectLiteral>(
  manager: EntityManager,
  table: EntityTarget<Row>,
  { where, values }: Where,
): Promise<Row[]> {
  const metadata = manager.dataSource.getMetadata(table);
  const { driver } = manager.dataSource;
  const { tableName, columns } = metadata;
  const names = columns.map(({ databaseName }) => databaseName).join(', ');
  const sql = `SELECT ${names} FROM ${tableName} WHERE ${where}`;
  const { records } = await ask(manager, ...placed(sql, values));
  return records.map((record) => {
    const row: ObjectLiteral = metadata.create();
    for (const column of columns) {
      const { databaseName: name } = column;
      row[name] = driver.prepareHydratedValue(record[name], column);
    }
    return row as Row;
  });
}

/** What a statement of our own gives, each row as the database has it. */
export async function select(
  manager: EntityManager,
  sql: string,
  values: Values,
): Promise<Record<string, unknown>[]> {
  return (await ask(manager, ...placed(sql, values))).records;
}

/**
 * The SQL with a `?` for each value, and the values in that order. Every `:word` is taken for a
 * value, also in a text: so no text in such SQL may hold one.
 */
function placed(sql: string, values: Values): [text: string, values: Value[]] {
  const all: Value[] = [];
  const text = sql.replace(/:(\w+)/g, (_whole, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`there is no value for :${name}`);
    const list = isList(value) ? value : [value];
    all.push(...list);
    return list.map(() => '?').join(', ');
  });
  return [text, all];
}

const isList = (value: Value | readonly Value[]): value is readonly Value[] => Array.isArray(value);

/** SQLite takes no Date, so each database gets the text of a moment that both read alike. */
const bound = (value: Value) =>
  value instanceof Date ? value.toISOString().replace('T', ' ').slice(0, -1) : value;

/** On the transaction of `manager`, or on a connection that is taken for it. */
async function ask(manager: EntityManager, sql: string, values: Value[]): Promise<QueryResult> {
  const runner = manager.queryRunner ?? manager.dataSource.createQueryRunner();
  try {
    return await runner.query(sql, values.map(bound), true);
  } finally {
    if (!manager.queryRunner) await runner.release();
  }
}
