import { getMetadataArgsStorage } from 'typeorm';
import { plans } from '../../apps/order-service/src/schema/plans.spec-kit';
import { entities } from '../../apps/order-service/src/schema/schema';
import { code, page, table } from './markdown';
import { docstringsOf, textOf } from './source-words';

type Entity = (typeof entities)[number];
type Column = ReturnType<typeof getMetadataArgsStorage>['columns'][number];

const storage = getMetadataArgsStorage();

/** Every table of the order service, written from its entities. */
export function tablesPage(): string {
  return page(
    'Tables',
    [
      'The order service owns these tables. Nobody else writes to them, but for `tb_item`, which',
      "the shop's programs fill. One set of migrations makes them on MySQL, MariaDB and SQLite.",
      'Numbers (`out_trade_no`, `order_id` ...) are texts of digits, compared byte for byte.',
      'Amounts are whole fen. Times are UTC to the millisecond, written by the service.',
    ].join('\n'),
    ...entities.flatMap(tablePart),
    ...plansPart(),
  );
}

function plansPart(): string[] {
  return [
    '## How rows are found',
    [
      'What must stay quick however many rows there are, and the index by which a MariaDB enters',
      'each table. A test asks a MariaDB, and fails at a full scan or a sort. What is inserted is',
      'not listed: it goes where its keys are.',
    ].join('\n'),
    table(
      ['work', 'statement', 'found by'],
      Object.entries(plans).flatMap(([work, found]) =>
        Object.entries(found).map(([statement, index]) => [work, code(statement), code(index)]),
      ),
    ),
  ];
}

function tablePart(entity: Entity): string[] {
  const docs = docstringsOf(fileOf(entity));
  const name = storage.tables.find(({ target }) => target === entity)?.name ?? entity.name;
  const columns = storage.columns.filter(({ target }) => target === entity);
  const rows = columns.map((column) => [
    code(column.propertyName),
    typeOf(column),
    docs.get(`${entity.name}.${column.propertyName}`) ?? docs.get(column.propertyName) ?? '',
  ]);
  return [
    `## ${name}`,
    docs.get(entity.name) ?? '',
    table(['column', 'type', 'meaning'], rows),
    indexesOf(entity),
  ].filter((part) => part !== '');
}

function typeOf({ propertyName, options }: Column): string {
  const { type, length, primary, nullable } = options;
  const size = length === undefined ? '' : `(${length})`;
  // The only numbers of that size are amounts and spans.
  const span = propertyName.endsWith('_ms') ? ' (ms)' : ' (fen)';
  const unit = type === 'bigint' ? span : '';
  return `${String(type)}${unit}${size}${primary ? ', key' : ''}${nullable ? ', may be null' : ''}`;
}

function indexesOf(entity: Entity): string {
  return storage.indices
    .filter(({ target }) => target === entity)
    .map(({ columns, unique }) => {
      const names = Array.isArray(columns) ? columns.join(', ') : '';
      return `${unique ? 'Unique' : 'Index'}: ${code(names)}.`;
    })
    .sort()
    .join(' ');
}

/** schema.ts names the file of each entity in its imports. */
function fileOf(entity: Entity): string {
  const schema = textOf('apps/order-service/src/schema/schema.ts');
  const from = new RegExp(`import \\{[^}]*\\b${entity.name}\\b[^}]*\\} from '\\.\\./([^']+)'`);
  const file = from.exec(schema)?.[1];
  if (!file) throw new Error(`schema.ts imports no ${entity.name}`);
  return `apps/order-service/src/${file}.ts`;
}
