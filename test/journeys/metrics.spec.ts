import assert from 'node:assert/strict';
import { it } from 'node:test';
import { measuredOf } from '../../scripts/docs/metrics';
import { Collector, kinds, type SeenSpan } from '../support/collector';
import { hasMariadb, hasRedis } from '../support/machine';
import { measured, metricsAddress, untilMeasured } from '../support/metrics';
import { onStores } from '../support/on-stores';
import type { ServiceProcess } from '../support/processes';
import type { System } from '../support/system';
import { until } from '../support/until';

const collector = new Collector();
const measures = {
  METRICS_PORT: '0',
  OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
  OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20me',
  OTEL_BSP_SCHEDULE_DELAY: '100',
};
const env = {
  'cart-gateway': measures,
  'order-service': {
    ...measures,
    QUERY_INTERVAL_MS: '200',
    SHOP_WEBHOOK_SECRET: `whsec_${Buffer.alloc(24, 1).toString('base64')}`,
  },
  'pay-service': measures,
};
/** Nobody listens there. */
const shopPort = 1;
const settled = ['notice', 'query'].map(
  (by) => `saoma_settlements_total{by="${by}",outcome="settled"}`,
);
const added = (all: ReadonlyMap<string, number>, series: readonly string[]) =>
  series.reduce((sum, one) => sum + (all.get(one) ?? 0), 0);
type Line = Readonly<Record<string, unknown>>;
/** The line of its log that says all of this, as soon as it is written. */
const lineOf = ({ app, log }: ServiceProcess, facts: Line): Promise<Line> =>
  until(`a line of ${app} with ${JSON.stringify(facts)}`, () => {
    const says = (line: Line) => Object.entries(facts).every(([name, is]) => line[name] === is);
    return log.map((line): Line => JSON.parse(line)).find(says);
  });
/** Each service is asked where it listens while its log still says so. */
const addressesOf = ({ gateway, order, pay }: System) => ({
  gateway: metricsAddress(gateway),
  order: metricsAddress(order),
  pay: metricsAddress(pay),
});

onStores('what is measured', { stores: 'sqlite', shopPort, env }, (system) => {
  it('is exactly what each process declares', async () => {
    const { gateway, order, pay } = system();
    for (const service of [gateway, order, pay]) {
      const text = await (await fetch(metricsAddress(service))).text();
      const told = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [
        name,
        type,
      ]);
      const declared = measuredOf(service.app).map(({ about, type }) => [about.name, type]);
      assert.deepEqual(told.sort(), declared.sort(), service.app);
    }
  });

  it('tells of a payment from its checkout until it is paid', async () => {
    const at = addressesOf(system());
    const before = await measured(at.order);
    const shopper = await system().shopper();
    const { out_trade_no } = await shopper.buy();
    const { code_url } = await shopper.createNative();
    const waiting = shopper.queryPayStatus(out_trade_no);
    await untilMeasured(at.gateway, 'saoma_waiting_pages', (pages) => pages === 1);
    await system().sandbox.pay(code_url);
    await waiting;

    const order = await measured(at.order);
    const rise = (series: string) => (order.get(series) ?? 0) - (before.get(series) ?? 0);
    for (const series of [
      'saoma_checkouts_total',
      'saoma_codes_total{outcome="given"}',
      'saoma_code_to_paid_seconds_count',
      'saoma_paid_to_settled_seconds_count',
      'saoma_rpc_server_calls_total{method="order.add",outcome="ok"}',
    ]) {
      assert.equal(rise(series), 1, series);
    }
    // A first one of these is a rise.
    assert.equal(order.get('saoma_rpc_server_calls_total{method="order.add",outcome="bug"}'), 0);
    const unanswered = 'method="pay.refund",outcome="unavailable"';
    assert.equal(order.get(`saoma_rpc_client_calls_total{${unanswered}}`), 0);
    assert.equal(added(order, settled) - added(before, settled), 1);
    assert.equal(order.get('saoma_healthy{way="redis"}'), 1);

    const gateway = await measured(at.gateway);
    assert.equal(gateway.get('saoma_code_wait_seconds_count{outcome="code"}'), 1);
    assert.equal(gateway.get('saoma_rpc_client_calls_total{method="order.add",outcome="ok"}'), 1);
    assert.ok((gateway.get('saoma_rpc_client_seconds_total{method="order.add"}') ?? 0) > 0);
    assert.ok((gateway.get('saoma_http_answers_total{status="2xx"}') ?? 0) > 3);
    const opened = 'method="unifiedorder",dialect="v2",outcome="success"';
    const pay = await measured(at.pay);
    assert.equal(pay.get(`saoma_wechat_call_seconds_count{${opened}}`), 1);
  });

  it('has one trace in all lines of a request, through all services', async () => {
    const { gateway, order, pay, sandbox } = system();
    const shopper = await system().shopper();
    const { out_trade_no } = await shopper.buy();
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    const headers = { traceparent: `00-${trace}-00f067aa0ba902b7-01` };
    const answer = await shopper.ask('GET', '/pay/createNative', { headers });
    const missing = await shopper.ask('GET', '/api/payments/1', { headers });
    assert.equal((missing.json() as { trace_id: string }).trace_id, trace);
    const asked = await lineOf(gateway, { path: '/pay/createNative', trace_id: trace });
    assert.equal(asked.status, 200);
    await lineOf(pay, { method: 'unifiedorder', out_trade_no, trace_id: trace });

    const find = (service: string, kind: keyof typeof kinds, name: RegExp): Promise<SeenSpan> => {
      const is = (one: SeenSpan) =>
        one.service === service && one.kind === kinds[kind] && name.test(one.name);
      return until(`${name} of the ${service}`, () => collector.of(trace).find(is));
    };
    // From the page to WeChat, each the parent of the next.
    const way = await Promise.all([
      find('cart-gateway', 'server', /^GET \/pay\/createNative$/),
      find('cart-gateway', 'client', /^pay\.createNative$/),
      find('pay-service', 'server', /^pay\.createNative$/),
      find('pay-service', 'client', /^POST 127\.0\.0\.1:/),
    ]);
    assert.deepEqual(
      way.map(({ parentSpanId }) => parentSpanId),
      ['00f067aa0ba902b7', ...way.slice(0, -1).map(({ spanId }) => spanId)],
    );
    const claimed = await find('order-service', 'server', /^order\.searchPayLog$/);
    const claiming = await find('cart-gateway', 'client', /^order\.searchPayLog$/);
    assert.equal(claimed.parentSpanId, claiming.spanId);
    assert.equal(way[0]?.attributes['http.response.status_code'], 200);
    assert.deepEqual([...collector.paths], ['/v1/traces']);
    assert.deepEqual([...collector.authorizations], ['Bearer me']);

    // WeChat's notice begins another one.
    await sandbox.pay((answer.json() as { code_url: string }).code_url);
    await shopper.paymentIn('SUCCESS', out_trade_no);
    const { trace_id } = await lineOf(order, { kind: 'payment.paid', out_trade_no });
    assert.notEqual(trace_id, trace);
    const told = { path: '/pay/notify', trace_id, status: 200 };
    await Promise.any([
      lineOf(gateway, told),
      // The watcher may have asked before.
      lineOf(pay, { method: 'orderquery', out_trade_no, trace_id }),
    ]);
  });

  it('tells that the event loop was held up', async () => {
    const { gateway } = system();
    const address = metricsAddress(gateway);
    const shopper = await system().shopper();
    // It is measured anew after each look, from the first timer on.
    await until('the delay is told', async () => {
      await shopper.buy();
      gateway.signal('SIGSTOP');
      setTimeout(() => gateway.signal('SIGCONT'), 300);
      const seconds = (await measured(address)).get('saoma_event_loop_delay_seconds{quantile="1"}');
      return (seconds ?? 0) > 0.2;
    });
  });

  it('tells of a message that the shop has not taken for a day', async () => {
    const at = addressesOf(system());
    const shopper = await system().shopper();
    const { out_trade_no } = await shopper.buy();
    const { code_url } = await shopper.createNative();
    await system().sandbox.pay(code_url);
    await shopper.paymentIn('SUCCESS', out_trade_no);
    await untilMeasured(at.order, 'saoma_deliveries_total{outcome="failed"}', (count) => count > 0);
    await system().change("UPDATE tb_outbox SET tries = 10, next_try_time = '2026-01-01 00:00:00'");
    await untilMeasured(at.order, 'saoma_deliveries_total{outcome="dead"}', (count) => count > 0);
  });

  it('tells that an operator has to decide', async () => {
    const at = addressesOf(system());
    const shopper = await system().shopper();
    const { out_trade_no } = await shopper.buy();
    const { code_url } = await shopper.createNative();
    await system().sandbox.pay(code_url);
    await shopper.paymentIn('SUCCESS', out_trade_no);
    const insert = `INSERT INTO tb_anomaly (anomaly_id, out_trade_no, transaction_id, kind,
      total_fee, fee_type, state, note, create_time)
      VALUES ('1', '${out_trade_no}', '', 'code-refused', 1, 'CNY', 'OPEN', '',
      '2026-01-01 00:00:00')`;
    await system().change(insert);
    await untilMeasured(
      at.order,
      'saoma_anomalies_open{kind="code-refused"}',
      (open) => open === 1,
    );
  });

  it('tells of calls whose end nobody knows, while WeChat is away', async () => {
    const at = addressesOf(system());
    const shopper = await system().shopper();
    await shopper.buy();
    await system().sandboxProcess.stop();
    assert.equal((await shopper.ask('GET', '/pay/createNative')).status, 503);
    const lost = 'method="unifiedorder",dialect="v2",outcome="unknown"';
    assert.equal((await measured(at.pay)).get(`saoma_wechat_call_seconds_count{${lost}}`), 1);
    assert.equal((await measured(at.order)).get('saoma_codes_total{outcome="unknown"}'), 1);
    const gateway = await measured(at.gateway);
    assert.equal(gateway.get('saoma_code_wait_seconds_count{outcome="failed"}'), 1);
    assert.ok((gateway.get('saoma_http_answers_total{status="5xx"}') ?? 0) > 0);
    await untilMeasured(at.order, 'saoma_oldest_unknown_seconds', (seconds) => seconds > 0);
    await system().startWechat();
  });

  it('tells of calls that a service did not answer', async () => {
    const at = addressesOf(system());
    await system().pay.kill();
    const shopper = await system().shopper();
    await shopper.ask('GET', '/health/ready');
    const lost = 'method="pay.prepareNative",outcome="unavailable"';
    for (const address of [at.gateway, at.order]) {
      const count = (await measured(address)).get(`saoma_rpc_client_calls_total{${lost}}`) ?? 0;
      assert.ok(count > 0);
    }
    await system().pay.start();
  });
});

if (hasMariadb && hasRedis) {
  const options = { stores: 'mariadb+redis', ownServers: true, shopPort, env } as const;
  onStores('what is measured while a store is away', options, (system) => {
    const healthy = (way: string, value: number, at: string) =>
      untilMeasured(at, `saoma_healthy{way="${way}"}`, (told) => told === value);
    const reconnects = async (at: string) => {
      const all = await measured(at);
      return [
        'saoma_redis_reconnects_total{connection="commands"}',
        'saoma_database_reconnects_total',
      ].map((series) => all.get(series) ?? Number.NaN);
    };

    it('tells that Redis is away, that it is back, and that connections were lost', async () => {
      const at = metricsAddress(system().order);
      await healthy('redis', 1, at);
      const [before = 0] = await reconnects(at);
      await system().redis?.kill();
      await healthy('redis', 0, at);
      assert.equal((await measured(at)).get('saoma_books_up'), 1);
      await system().redis?.restart();
      await healthy('redis', 1, at);
      const [after = 0] = await reconnects(at);
      assert.ok(after > before, `${before} ${after}`);
    });

    it('answers while the database is away, without what only the books know', async () => {
      const at = metricsAddress(system().order);
      await untilMeasured(at, 'saoma_books_up', (up) => up === 1);
      const [, before = 0] = await reconnects(at);
      system().mariadb?.signal('SIGSTOP');
      await untilMeasured(at, 'saoma_books_up', (up) => up === 0);
      await healthy('database', 0, at);
      const all = await measured(at);
      assert.ok(![...all.keys()].some((series) => series.startsWith('saoma_anomalies_open')));
      assert.ok(all.has('saoma_database_waiting{lane="settling"}'));
      system().mariadb?.signal('SIGCONT');
      await untilMeasured(at, 'saoma_books_up', (up) => up === 1);
      await healthy('database', 1, at);
      await until('connections made anew', async () => {
        const [, after = 0] = await reconnects(at);
        return after > before;
      });
    });
  });
}
