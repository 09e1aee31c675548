import type { OrderInput } from '@saoma/contracts/order';
import { cleaned, numberOf, phoneKeyOf } from '@saoma/contracts/person-text';
import type { EntityManager, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { select } from '../database/rows';
import { currentSql } from '../ledger/merchant-order.entity';
import { OrderRow } from '../ledger/order.entity';
import { PayLogRow } from '../ledger/pay-log.entity';
import { digitOf } from '../ledger/trade-state';

type Wanted = OrderInput<'listPayments'>;

/** Of one payer, of one shop, or of everybody. */
interface Own {
  readonly user_id?: string;
  readonly shop?: string;
}

/** Whose payments are listed, and which of them are older than the page before. */
interface View {
  readonly wanted: Wanted;
  readonly own: Own;
  readonly last: PayLogRow | null;
}

/** One number names fewer payments than this. */
const namedMax = 100;

/** Second and late money is known by its refund, or by the anomaly that it made. */
const named = `SELECT out_trade_no FROM tb_paylog WHERE out_trade_no IN (:q, :number)
  UNION ALL SELECT out_trade_no FROM tb_paylog WHERE transaction_id IN (:q, :number)
  UNION ALL SELECT out_trade_no FROM tb_paylog WHERE merchant_order_no = :raw
  UNION ALL SELECT out_trade_no FROM tb_order
    WHERE order_id IN (:q, :number) AND out_trade_no IS NOT NULL
  UNION ALL SELECT out_trade_no FROM tb_refund WHERE out_refund_no IN (:q, :number)
  UNION ALL SELECT out_trade_no FROM tb_refund WHERE transaction_id IN (:q, :number)
  UNION ALL SELECT out_trade_no FROM tb_anomaly WHERE transaction_id IN (:q, :number)
  LIMIT ${namedMax}`;

/** The payments of a page, newest first, and one more if there is a page after it. */
export async function findPayments(manager: EntityManager, wanted: Wanted): Promise<PayLogRow[]> {
  const { cursor: out_trade_no, q } = wanted;
  const [own, ofShop] = ownOf(wanted);
  const find = async (one: Own | undefined) =>
    out_trade_no && one ? manager.findOneBy(PayLogRow, { out_trade_no, ...one }) : null;
  const last = (await find(own)) ?? (await find(ofShop));
  if (out_trade_no !== null && !last) return [];
  const view: View = { wanted, own, last };
  if (q) return matching(manager, view, q);
  const rows = await newest(manager, view).getMany();
  if (!ofShop) return rows;
  const more = await newest(manager, { ...view, own: ofShop }).getMany();
  return firstOf(wanted.limit + 1, [...rows, ...more]);
}

/** A shop has those that it has opened, beside those that it pays. */
function ownOf({ operator, user_id, payer, shop }: Wanted): [Own, Own?] {
  if (operator) return [payer === undefined ? {} : { user_id: payer }];
  return shop ? [{ user_id }, { shop: user_id }] : [{ user_id }];
}

/**
 * What the word names in any way. Each way has its own statement and index, and gives its newest:
 * the newest of them all are among these.
 */
async function matching(manager: EntityManager, view: View, q: string): Promise<PayLogRow[]> {
  const numbers = [
    ...(await select(manager, named, { q: cleaned(q), number: numberOf(q), raw: q })),
    ...(await ofPhone(manager, view, q)),
  ].map(({ out_trade_no }) => String(out_trade_no));
  const rows = numbers.length === 0 ? [] : await ofNumbers(manager, view, numbers);
  const { user_id = q } = view.own;
  const theirs =
    user_id === q ? await newest(manager, { ...view, own: { user_id } }).getMany() : [];
  return firstOf(view.wanted.limit + 1, [...rows, ...theirs]);
}

/** The newest of these, each once. */
function firstOf(count: number, rows: readonly PayLogRow[]): PayLogRow[] {
  const all = new Map(rows.map((row) => [row.out_trade_no, row]));
  return [...all.values()].sort(newerFirst).slice(0, count);
}

/** All columns, but not the long one where nobody wants it. */
function rowsOf(manager: EntityManager, { own, wanted }: View): SelectQueryBuilder<PayLogRow> {
  const query = manager.createQueryBuilder(PayLogRow, 'p').where(own);
  if (wanted.metadata !== false) return query;
  const columns = manager.dataSource.getMetadata(PayLogRow).columns;
  const names = columns.map(({ propertyName }) => propertyName);
  return query.select(names.filter((name) => name !== 'metadata').map((name) => `p.${name}`));
}

function newest(manager: EntityManager, view: View): SelectQueryBuilder<PayLogRow> {
  return newestOf(rowsOf(manager, view), 'p', view)
    .orderBy('p.create_time', 'DESC')
    .addOrderBy('p.out_trade_no', 'DESC')
    .take(view.wanted.limit + 1);
}

/** They are few: sorted here, so that no database is tempted to walk all payments in order. */
function ofNumbers(manager: EntityManager, view: View, numbers: string[]): Promise<PayLogRow[]> {
  const query = rowsOf(manager, view).andWhere('p.out_trade_no IN (:...numbers)', { numbers });
  return newestOf(query, 'p', view).getMany();
}

/** The newest payments of orders that go to this phone. An order is as old as its payment. */
async function ofPhone(manager: EntityManager, view: View, q: string): Promise<ObjectLiteral[]> {
  const phone = phoneKeyOf(q);
  if (phone === undefined) return [];
  const query = manager
    .createQueryBuilder(OrderRow, 'o')
    .select('o.out_trade_no', 'out_trade_no')
    .where({ ...view.own, receiver_phone: phone })
    .andWhere('o.out_trade_no IS NOT NULL');
  return newestOf(query, 'o', view)
    .groupBy('o.create_time')
    .addGroupBy('o.out_trade_no')
    .orderBy('o.create_time', 'DESC')
    .addOrderBy('o.out_trade_no', 'DESC')
    .limit(view.wanted.limit + 1)
    .getRawMany();
}

const inState = {
  p: 'p.trade_state = :digit',
  o: `EXISTS (SELECT 1 FROM tb_paylog p
    WHERE p.out_trade_no = o.out_trade_no AND p.trade_state = :digit)`,
};

/** Only what the filters and the page before leave. */
function newestOf<Row extends ObjectLiteral>(
  query: SelectQueryBuilder<Row>,
  alias: 'p' | 'o',
  { wanted: { cursor, trade_state, merchant_order_no, from, to, user_id: shop }, last }: View,
): SelectQueryBuilder<Row> {
  if (last) {
    // Said twice, so that the index is entered where the page begins.
    const older = `${alias}.create_time <= :create_time AND (${alias}.create_time < :create_time
      OR ${alias}.out_trade_no < :cursor)`;
    query.andWhere(older, { create_time: last.create_time, cursor });
  }
  if (trade_state) query.andWhere(inState[alias], { digit: digitOf(trade_state) });
  if (merchant_order_no !== undefined) {
    query.andWhere(`${alias}.${currentSql}`, { shop, merchant_order_no });
  }
  if (from) query.andWhere(`${alias}.create_time >= :from`, { from: new Date(from) });
  if (to) query.andWhere(`${alias}.create_time < :to`, { to: new Date(to) });
  return query;
}

function newerFirst(one: PayLogRow, other: PayLogRow): number {
  const laterMs = other.create_time.getTime() - one.create_time.getTime();
  return laterMs || (one.out_trade_no < other.out_trade_no ? 1 : -1);
}
