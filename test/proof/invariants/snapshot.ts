import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { z } from 'zod';
import { ask, expected } from '../../support/http';

const Fen = z.coerce.number().int();
const Moment = z.date().nullable();

/** The tables as the oracle reads them: by its own words, not by the product's. */
const tables = {
  tb_paylog: z.object({
    out_trade_no: z.string(),
    user_id: z.string(),
    create_time: z.date(),
    pay_time: Moment,
    total_fee: Fen,
    refund_fee: Fen,
    reserved_fee: Fen,
    transaction_id: z.string().nullable(),
    trade_state: z.enum(['0', '1', '2', '3']),
    order_list: z.string(),
    shop: z.string().nullable(),
    merchant_order_no: z.string().nullable(),
    native_request: z.string().nullable(),
    close_wish_time: Moment,
    misplaced_time: Moment,
  }),
  tb_merchant_order: z.object({
    shop: z.string(),
    merchant_order_no: z.string(),
    out_trade_no: z.string(),
  }),
  tb_order: z.object({
    order_id: z.string(),
    out_trade_no: z.string().nullable(),
    cart_id: z.string(),
    payment: Fen,
    status: z.string(),
    payment_time: Moment,
  }),
  tb_order_item: z.object({
    order_id: z.string(),
    price: Fen,
    num: z.number().int(),
    total_fee: Fen,
  }),
  tb_refund: z.object({
    out_refund_no: z.string(),
    out_trade_no: z.string(),
    transaction_id: z.string(),
    total_fee: Fen,
    refund_fee: Fen,
    status: z.string(),
    cause: z.string(),
    order_id: z.string().nullable(),
    order_fees: z.string().nullable(),
    accept_time: Moment,
  }),
  tb_anomaly: z.object({
    out_trade_no: z.string(),
    transaction_id: z.string(),
    kind: z.string(),
    total_fee: Fen,
    state: z.string(),
  }),
  tb_outbox: z.object({
    event_id: z.string(),
    out_trade_no: z.string(),
    type: z.string(),
    payload: z.string(),
    state: z.string(),
  }),
  tb_pay_event: z.object({
    event_id: z.string(),
    out_trade_no: z.string(),
    kind: z.string(),
    detail: z.string(),
  }),
  tb_idempotency: z.object({ idempotency_key: z.string(), answer: z.string() }),
} as const;

type TableName = keyof typeof tables;
export type Row<N extends TableName> = z.output<(typeof tables)[N]>;
type Tables = { readonly [N in TableName]: readonly Row<N>[] };

const Trade = z.object({
  out_trade_no: z.string(),
  total_fee: z.int(),
  trade_state: z.enum(['NOTPAY', 'SUCCESS', 'REFUND', 'CLOSED']),
  transaction_id: z.string().nullable(),
  pay_time: z.coerce.date().nullable(),
  request: z.record(z.string(), z.unknown()),
  calls: z.record(z.string(), z.int()),
  notices: z.array(
    z.object({
      kind: z.enum(['pay', 'refund']),
      accepted: z.boolean(),
      fault: z.string().optional(),
      /** Which refund it tells of. */
      out_refund_no: z.string().optional(),
    }),
  ),
  refunds: z.array(
    z.object({
      out_refund_no: z.string(),
      refund_fee: z.int(),
      status: z.string(),
      create_time: z.coerce.date(),
    }),
  ),
});
const Trades = z.object({ trades: z.array(Trade) });
/** What the sandbox's book says of one order. */
export type Trade = z.output<typeof Trade>;

/** Money that WeChat says it has received. */
export interface Money {
  readonly out_trade_no: string;
  readonly transaction_id: string;
  readonly total_fee: number;
  readonly fee_type: string;
  /** Fen that WeChat has given back of it. */
  readonly refunded_fee: number;
  /** Whether a notice of it was answered with SUCCESS before the rows were read. */
  readonly acknowledged: boolean;
}

/** What a client was told of a payment, in the order in which it heard it. */
export interface Told {
  readonly out_trade_no: string;
  readonly trade_state: string;
}

/** A payment that a shop was told of as a new one for this number, in the order of the answers. */
export type Opened = Row<'tb_merchant_order'>;

/** Where to look, and what only the test knows. */
export interface Sources {
  /** mysql://user@host:port/database (mariadb:// too). */
  readonly databaseUrl: string;
  readonly sandboxUrl: string;
  /** Money of which the test itself tells, a list that grows: the sandbox's book lacks it. */
  readonly money?: readonly Omit<Money, 'refunded_fee'>[];
  /** Payments about whose close the sandbox was made to lie, so that late money can come. */
  readonly liedAbout?: ReadonlySet<string>;
  /** Payments of which the merchant refunds in WeChat's console: we hear of it later. */
  readonly refundedElsewhere?: ReadonlySet<string>;
  readonly told?: readonly Told[];
  readonly opened?: readonly Opened[];
  /** How long an unpaid payment may live (PAY_LOG_TTL_MS). */
  readonly ttlMs?: number;
  /** Whether the shop has a webhook, so that messages are written. */
  readonly hasWebhook?: boolean;
  /** Whether services of the latest release write messages as well. */
  readonly besideRelease?: boolean;
  /** How far WeChat's clock was turned. */
  readonly turnedMs?: number;
  /** Looks at these payments only: the books of a long run are big. */
  readonly only?: readonly string[];
}

/** Both books at one moment: the rows of one transaction between two looks at WeChat's ledger. */
export interface Snapshot
  extends Required<
    Pick<
      Sources,
      | 'liedAbout'
      | 'refundedElsewhere'
      | 'told'
      | 'opened'
      | 'ttlMs'
      | 'hasWebhook'
      | 'besideRelease'
    >
  > {
  readonly now: Date;
  /** Payments may be there that were not looked at. */
  readonly isPartial: boolean;
  /** The time at WeChat, whose clock a test may have turned. */
  readonly wechatNow: Date;
  readonly rows: Tables;
  /** WeChat's ledger just before the rows were read: what is here must have left its rows. */
  readonly before: readonly Trade[];
  /** WeChat's ledger just after: what the rows say must stand here. */
  readonly trades: readonly Trade[];
  readonly money: readonly Money[];
}

/** Reads both books. Fails while the database or the sandbox is away. */
export async function snapshot(sources: Sources): Promise<Snapshot> {
  const { money = [] } = sources;
  // What was acknowledged counts as of now: the rows are read later.
  const kept = new Set(money.filter(({ acknowledged }) => acknowledged));
  const [told, opened] = [[...(sources.told ?? [])], [...(sources.opened ?? [])]];
  const before = await readTrades(sources);
  const rows = await readTables(sources);
  const trades = await readTrades(sources);
  // Money that came meanwhile may be in the rows already.
  const extra = money.map((each) => ({ ...each, acknowledged: kept.has(each), refunded_fee: 0 }));
  return {
    now: new Date(),
    isPartial: sources.only !== undefined,
    wechatNow: new Date(Date.now() + (sources.turnedMs ?? 0)),
    rows,
    before,
    trades,
    money: [...trades.flatMap((trade) => moneyOf(trade, before)), ...extra],
    liedAbout: sources.liedAbout ?? new Set(),
    refundedElsewhere: sources.refundedElsewhere ?? new Set(),
    told,
    opened,
    ttlMs: sources.ttlMs ?? 1_800_000,
    hasWebhook: sources.hasWebhook ?? false,
    besideRelease: sources.besideRelease ?? false,
  };
}

async function readTrades({ sandboxUrl, only }: Sources): Promise<Trade[]> {
  const trades = `${sandboxUrl}/_sandbox/trades`;
  if (!only) return Trades.parse(expected(200, await ask('GET', trades))).trades;
  const answers = await Promise.all(only.map((number) => ask('GET', `${trades}/${number}`)));
  // WeChat was never asked about the others.
  const known = answers.filter(({ status }) => status !== 404);
  return known.map((answer) => Trade.parse(expected(200, answer)));
}

/** Which rows of a table belong to the payments in question. */
function rowsOf(table: string, only: readonly string[]): string {
  const numbers = only.map((number) => `'${number}'`).join(',') || 'NULL';
  if (table === 'tb_idempotency') {
    return `JSON_VALUE(answer, '$.out_trade_no') IN (${numbers})`;
  }
  if (table === 'tb_merchant_order') {
    const own = `SELECT shop, merchant_order_no FROM tb_paylog WHERE out_trade_no IN (${numbers})`;
    return `(shop, merchant_order_no) IN (${own})`;
  }
  if (table !== 'tb_order_item') return `out_trade_no IN (${numbers})`;
  return `order_id IN (SELECT order_id FROM tb_order WHERE out_trade_no IN (${numbers}))`;
}

async function readTables({ databaseUrl, only }: Sources): Promise<Tables> {
  const connection = await createConnection({
    uri: databaseUrl.replace(/^mariadb:/, 'mysql:'),
    timezone: 'Z',
    connectTimeout: 2_000,
  });
  // A server that dies meanwhile is told by the query that fails.
  connection.on('error', () => undefined);
  try {
    await connection.query('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ');
    // A node of a cluster first catches up with what the others have committed.
    await connection.query('SET SESSION wsrep_sync_wait = 7');
    await connection.query('START TRANSACTION WITH CONSISTENT SNAPSHOT');
    const read = Object.entries(tables).map(async ([name, schema]) => {
      const some = only ? ` WHERE ${rowsOf(name, only)}` : '';
      const [rows] = await connection.query<RowDataPacket[]>(`SELECT * FROM ${name}${some}`);
      return [name, z.array(schema as z.ZodType).parse(rows)] as const;
    });
    return Object.fromEntries(await Promise.all(read)) as unknown as Tables;
  } finally {
    connection.destroy();
  }
}

/** Notices that tell the truth, however they were sent. */
const trueNotices = [undefined, 'duplicate', 'delay', 'reorder', 'unknown_elements', 'coupons'];

/** True ones that were answered with SUCCESS. */
export const acknowledgedNotices = ({ notices }: Trade) =>
  notices.filter(({ accepted, fault }) => accepted && trueNotices.includes(fault));

function moneyOf(trade: Trade, before: readonly Trade[]): Money[] {
  const { out_trade_no, transaction_id, total_fee, refunds } = trade;
  if (transaction_id === null) return [];
  const earlier = before.find((other) => other.out_trade_no === out_trade_no);
  const acknowledged = earlier && acknowledgedNotices(earlier).some(({ kind }) => kind === 'pay');
  const refunded_fee = refunds
    .filter(({ status }) => status === 'SUCCESS')
    .reduce((sum, { refund_fee }) => sum + refund_fee, 0);
  const money = { out_trade_no, transaction_id, total_fee, fee_type: 'CNY', refunded_fee };
  return [{ ...money, acknowledged: acknowledged ?? false }];
}
