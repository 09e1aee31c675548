/** What is measured, as promtool writes it: by series, a value for each minute. */
type Series = Readonly<Record<string, string>>;

/** When a rule fires, and when it does not. */
interface Case {
  readonly ill: Series;
  /** Where one of two things is enough: the other one. */
  readonly illToo?: Series;
  readonly well: Series;
  /** Minutes after the beginning. */
  readonly atMinutes: number;
  /** The labels of the alarm besides its severity. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** A counter that rises by so many a minute. */
const rising = (perMinute: number) => `0+${perMinute}x120`;
/** The same value all the time. */
const always = (value: number) => `${value}x120`;

const calls = 'saoma_wechat_call_seconds_count{method="query",dialect="v3"';
const rpc = 'saoma_rpc_client_calls_total{method="order.add",outcome=';
const settled = (by: string) => `saoma_settlements_total{by="${by}",outcome="settled"}`;

/** Of ten a minute so many take longer than the first of two times, and none than the second. */
const tookOf = (name: string, [quick, slow]: [string, string], slowOnes: number): Series => ({
  [`${name}_bucket{le="${quick}"}`]: rising(10 - slowOnes),
  [`${name}_bucket{le="${slow}"}`]: rising(10),
  [`${name}_bucket{le="+Inf"}`]: rising(10),
});

/** Each rule of deploy/prometheus/alerts.yml. */
export const cases: Readonly<Record<string, Case>> = {
  SaomaDown: {
    ill: { 'up{job="saoma",service="order-service"}': always(0) },
    well: { 'up{job="saoma",service="order-service"}': always(1), 'up{job="b"}': always(0) },
    atMinutes: 2,
    labels: { job: 'saoma', service: 'order-service' },
  },
  SaomaStoreAway: {
    ill: {
      'saoma_healthy{way="redis",instance="a"}': always(0),
      'saoma_healthy{way="redis",instance="b"}': always(1),
      'saoma_healthy{way="database",instance="a"}': always(1),
    },
    well: {
      'saoma_healthy{way="redis"}': always(1),
      'saoma_healthy{way="database"}': '1 0 1x20',
      'saoma_healthy{way="clock"}': always(0),
    },
    atMinutes: 2,
    labels: { way: 'redis' },
  },
  SaomaWorkLate: {
    ill: {
      'saoma_due_lag_seconds{work="watcher",instance="a"}': always(61),
      'saoma_due_lag_seconds{work="refunds",instance="a"}': always(0),
    },
    well: {
      'saoma_due_lag_seconds{work="watcher"}': always(59),
      'saoma_due_lag_seconds{work="days"}': always(600),
    },
    atMinutes: 3,
    labels: { work: 'watcher' },
  },
  SaomaWechatUnsure: {
    ill: { [`${calls},outcome="unknown"}`]: rising(3), [`${calls},outcome="success"}`]: rising(7) },
    well: { [`${calls},outcome="unknown"}`]: rising(1), [`${calls},outcome="no"}`]: rising(9) },
    atMinutes: 11,
  },
  SaomaCodesFail: {
    ill: {
      'saoma_codes_total{outcome="given"}': rising(8),
      'saoma_codes_total{outcome="refused"}': rising(1),
      'saoma_codes_total{outcome="unknown"}': rising(1),
    },
    well: {
      'saoma_codes_total{outcome="given"}': rising(95),
      'saoma_codes_total{outcome="refused"}': rising(5),
    },
    atMinutes: 11,
  },
  SaomaCallsLost: {
    ill: { [`${rpc}"unavailable"}`]: rising(1), [`${rpc}"ok"}`]: rising(9) },
    well: { [`${rpc}"unavailable"}`]: rising(1), [`${rpc}"refused"}`]: rising(99) },
    atMinutes: 11,
  },
  SaomaAnswersFail: {
    ill: {
      'saoma_http_answers_total{status="5xx"}': rising(1),
      'saoma_http_answers_total{status="2xx"}': rising(9),
    },
    well: {
      'saoma_http_answers_total{status="5xx"}': rising(1),
      'saoma_http_answers_total{status="4xx"}': rising(99),
    },
    atMinutes: 11,
  },
  SaomaAnomalyOpen: {
    ill: {
      'saoma_anomalies_open{kind="other-amount",instance="a"}': always(1),
      'saoma_anomalies_open{kind="other-amount",instance="b"}': always(1),
      'saoma_anomalies_open{kind="refund-closed",instance="a"}': always(0),
    },
    well: { 'saoma_anomalies_open{kind="other-amount"}': always(0) },
    atMinutes: 1,
    labels: { kind: 'other-amount' },
  },
  SaomaDeliveryDead: {
    ill: { 'saoma_deliveries_total{outcome="dead"}': '0 0 1x20' },
    well: { 'saoma_deliveries_total{outcome="failed"}': rising(1) },
    atMinutes: 10,
  },
  SaomaOutboxLate: {
    ill: { saoma_outbox_lag_seconds: always(901) },
    well: { saoma_outbox_lag_seconds: always(899) },
    atMinutes: 6,
  },
  SaomaRefundLate: {
    ill: { saoma_refund_lag_seconds: always(259_201) },
    well: { saoma_refund_lag_seconds: always(259_199) },
    atMinutes: 1,
  },
  // The time begins at 1970 here.
  SaomaReconciliationLate: {
    ill: {
      'saoma_reconciliation_overdue_seconds{instance="a"}': always(14_401),
      'saoma_last_reconciliation_seconds{instance="a"}': always(0),
    },
    illToo: {
      'saoma_reconciliation_overdue_seconds{instance="a"}': always(0),
      'saoma_last_reconciliation_seconds{instance="a"}': always(-144_000),
    },
    well: {
      'saoma_reconciliation_overdue_seconds{instance="a"}': always(14_399),
      'saoma_last_reconciliation_seconds{instance="a"}': always(-142_000),
    },
    atMinutes: 20,
  },
  SaomaPaymentUnknown: {
    ill: { saoma_oldest_unknown_seconds: always(901) },
    well: { saoma_oldest_unknown_seconds: always(899) },
    atMinutes: 1,
  },
  SaomaPaymentOverdue: {
    ill: { saoma_oldest_overdue_seconds: always(1_801) },
    well: { saoma_oldest_overdue_seconds: always(1_799) },
    atMinutes: 1,
  },
  SaomaPaidLate: {
    ill: tookOf('saoma_paid_to_settled_seconds', ['60', '300'], 1),
    well: tookOf('saoma_paid_to_settled_seconds', ['60', '300'], 0),
    atMinutes: 21,
  },
  SaomaNoticesMissing: {
    ill: { [settled('query')]: rising(1), [settled('notice')]: always(0) },
    well: { [settled('query')]: rising(1), [settled('notice')]: '0x30 1x90' },
    atMinutes: 60,
  },
  SaomaNoticesRefused: {
    ill: { 'saoma_wechat_notices_total{outcome="refused"}': rising(1) },
    well: {
      'saoma_wechat_notices_total{outcome="refused"}': '0x5 9x100',
      'saoma_wechat_notices_total{outcome="believed"}': rising(9),
    },
    atMinutes: 15,
  },
  SaomaWechatSlow: {
    ill: tookOf('saoma_wechat_call_seconds', ['2', '4'], 2),
    well: tookOf('saoma_wechat_call_seconds', ['2', '4'], 0),
    atMinutes: 16,
  },
  SaomaDatabaseCrowded: {
    ill: { 'saoma_database_refused_total{lane="ordinary"}': '0x5 7x100' },
    well: { 'saoma_database_refused_total{lane="ordinary"}': always(7) },
    atMinutes: 7,
    labels: { lane: 'ordinary' },
  },
  SaomaStoresUnsteady: {
    ill: {
      'saoma_redis_reconnects_total{connection="commands"}': rising(1),
      'saoma_redis_reconnects_total{connection="subscriber"}': always(2),
      saoma_database_reconnects_total: always(1),
    },
    well: {
      'saoma_redis_reconnects_total{connection="commands"}': '0x5 3x100',
      saoma_database_reconnects_total: '0x5 3x100',
    },
    atMinutes: 15,
    labels: { connection: 'commands' },
  },
  SaomaBooksUnread: {
    ill: { 'saoma_books_up{instance="a"}': always(0), 'saoma_books_up{instance="b"}': always(1) },
    well: { 'saoma_books_up{instance="a"}': '0 1x20', 'saoma_books_up{instance="b"}': always(1) },
    atMinutes: 3,
  },
  SaomaClockWrong: {
    ill: { 'saoma_healthy{way="clock"}': always(0) },
    well: { 'saoma_healthy{way="clock"}': always(1), 'saoma_healthy{way="redis"}': always(0) },
    atMinutes: 2,
  },
  SaomaProcessLate: {
    ill: { 'saoma_event_loop_delay_seconds{quantile="0.99",service="pay-service"}': always(0.6) },
    well: {
      'saoma_event_loop_delay_seconds{quantile="0.99"}': always(0.4),
      'saoma_event_loop_delay_seconds{quantile="1"}': always(2),
    },
    atMinutes: 6,
    labels: { quantile: '0.99', service: 'pay-service' },
  },
  SaomaPlacesFull: {
    ill: { 'saoma_waiting_pages{instance="a"}': always(16_001) },
    well: { 'saoma_waiting_pages{instance="a"}': always(15_999) },
    atMinutes: 2,
    labels: { instance: 'a' },
  },
  // The time begins at 1970 here.
  SaomaCertificateEnds: {
    ill: {
      'saoma_wechat_certificate_expiry_seconds{certificate="merchant"}': always(1_209_600),
      'saoma_wechat_certificate_expiry_seconds{certificate="wechat"}': always(99_999_999),
    },
    well: {
      'saoma_wechat_certificate_expiry_seconds{certificate="merchant"}': always(1_300_000),
      saoma_rpc_certificate_expiry_seconds: always(1_300_000),
    },
    atMinutes: 1,
    labels: { certificate: 'merchant' },
  },
  SaomaBug: {
    ill: { 'saoma_rpc_server_calls_total{method="order.add",outcome="bug"}': '0x5 1x100' },
    well: {
      'saoma_rpc_server_calls_total{method="order.add",outcome="bug"}': always(1),
      'saoma_rpc_server_calls_total{method="order.add",outcome="refused"}': rising(1),
    },
    atMinutes: 7,
    labels: { method: 'order.add' },
  },
};
