import { AnomalyKind } from '@saoma/contracts/operator';
import { Counter, Gauge, Histogram } from '@saoma/platform/metrics/metric';
import { processMetrics } from '@saoma/platform/metrics/process';
import { rpcMetrics } from '@saoma/platform/rpc/rpc-metrics';

/** What time drives, by kind. */
const works = ['watcher', 'refunds', 'deliveries', 'days'] as const;
export type Work = (typeof works)[number];
const lane = ['settling', 'ordinary', 'listing'] as const;

const moneyMetrics = {
  checkouts: new Counter({
    name: 'saoma_checkouts_total',
    help: 'Checkouts whose orders are committed.',
    unit: 'times',
    labels: {},
  }),
  codes: new Counter({
    name: 'saoma_codes_total',
    help: 'Codes that WeChat was asked for: given, refused, or nobody knows.',
    unit: 'times',
    labels: { outcome: ['given', 'refused', 'unknown'] },
  }),
  settlements: new Counter({
    name: 'saoma_settlements_total',
    help: 'News of money by who brought it, and what became of it.',
    unit: 'times',
    labels: { by: ['notice', 'query'], outcome: ['settled', 'already', 'recorded'] },
  }),
  codeToPaid: new Histogram(
    {
      name: 'saoma_code_to_paid_seconds',
      help: "From a payment's first code until its payer had paid, by WeChat's clock.",
      unit: 'seconds',
      labels: {},
    },
    [5, 10, 20, 30, 60, 120, 300, 600, 1_800],
  ),
  paidToSettled: new Histogram(
    {
      name: 'saoma_paid_to_settled_seconds',
      help: "From when its payer had paid, by WeChat's clock, until that was in our books.",
      unit: 'seconds',
      labels: {},
    },
    [1, 2, 5, 10, 30, 60, 300, 1_800],
  ),
};

/** What the clock and the courier do. */
const workMetrics = {
  work: new Counter({
    name: 'saoma_due_work_total',
    help: 'Rows that were worked on because they were due; failed: they fall due again.',
    unit: 'times',
    labels: { work: works, outcome: ['done', 'failed'] },
  }),
  deliveries: new Counter({
    name: 'saoma_deliveries_total',
    help: 'Messages that were sent to the shop; dead: not sent any more.',
    unit: 'times',
    labels: { outcome: ['delivered', 'failed', 'dead'] },
  }),
};

/** What is read in the database when somebody asks: the same at every instance. */
export const bookMetrics = {
  up: new Gauge({
    name: 'saoma_books_up',
    help: 'Whether the database could be asked for what follows; else that is left out.',
    unit: 'yes or no',
    labels: {},
  }),
  anomalies: new Gauge({
    name: 'saoma_anomalies_open',
    help: 'What an operator has to decide, of the 200 newest that are open.',
    unit: 'things',
    labels: { kind: AnomalyKind.options },
  }),
  lags: new Gauge({
    name: 'saoma_due_lag_seconds',
    help: 'How long the row that has waited longest has been due; 0: none is.',
    unit: 'seconds',
    labels: { work: works },
  }),
  unpaid: new Gauge({
    name: 'saoma_oldest_unpaid_seconds',
    help: 'The age of the oldest payment that is not paid yet; 0: there is none.',
    unit: 'seconds',
    labels: {},
  }),
  overdue: new Gauge({
    name: 'saoma_oldest_overdue_seconds',
    help: 'How long a payment is past its life and not closed, the worst of the 200 oldest.',
    unit: 'seconds',
    labels: {},
  }),
  unknown: new Gauge({
    name: 'saoma_oldest_unknown_seconds',
    help: 'How long nobody can say what WeChat knows of a payment, the worst of the 200 oldest.',
    unit: 'seconds',
    labels: {},
  }),
  outbox: new Gauge({
    name: 'saoma_outbox_lag_seconds',
    help: 'The age of the oldest message that the shop has not taken yet; 0: there is none.',
    unit: 'seconds',
    labels: {},
  }),
  lastDay: new Gauge({
    name: 'saoma_last_reconciliation_seconds',
    help: "When the latest day that was compared with WeChat's bill was over, in Unix time.",
    unit: 'timestamp',
    labels: {},
  }),
  overdueDay: new Gauge({
    name: 'saoma_reconciliation_overdue_seconds',
    help:
      'How long a day waits whose bill can be had, the worst of the last 90 days; ' +
      '0: none does.',
    unit: 'seconds',
    labels: {},
  }),
  refunds: new Gauge({
    name: 'saoma_refund_lag_seconds',
    help: 'The age of the oldest refund that is under way; 0: there is none.',
    unit: 'seconds',
    labels: {},
  }),
};

// So it is until the service has found its database.
bookMetrics.up.read(() => 0);

export const storeMetrics = {
  healthy: new Gauge({
    name: 'saoma_healthy',
    help: 'Whether the stores took writes a second ago, and agree with us on the time.',
    unit: 'yes or no',
    labels: { way: ['database', 'redis', 'clock'] },
  }),
  running: new Gauge({
    name: 'saoma_database_running',
    help: 'Units of work at the database, of ten places (with SQLite, of one).',
    unit: 'things',
    labels: { lane },
  }),
  waiting: new Gauge({
    name: 'saoma_database_waiting',
    help: 'Units of work that wait for their turn at the database.',
    unit: 'things',
    labels: { lane },
  }),
  refused: new Counter({
    name: 'saoma_database_refused_total',
    help: 'Units of work that were refused because too many waited, or they had waited too long.',
    unit: 'times',
    labels: { lane },
  }),
  databaseReconnects: new Counter({
    name: 'saoma_database_reconnects_total',
    help: 'How often all connections to the database were given up, to be made anew.',
    unit: 'times',
    labels: {},
  }),
  redisReconnects: new Counter({
    name: 'saoma_redis_reconnects_total',
    help: 'How often a connection to Redis was lost.',
    unit: 'times',
    labels: { connection: ['commands', 'subscriber'] },
  }),
};

export const orderMetrics = { ...moneyMetrics, ...workMetrics };

export const metrics = [
  processMetrics,
  rpcMetrics,
  orderMetrics,
  storeMetrics,
  bookMetrics,
].flatMap((some) => Object.values(some));
