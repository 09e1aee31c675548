import type { Metric } from '@saoma/platform/metrics/metric';
import { metrics as gatewayMetrics } from '../../apps/cart-gateway/src/metrics';
import { metrics as orderMetrics } from '../../apps/order-service/src/metrics';
import { metrics as payMetrics } from '../../apps/pay-service/src/metrics';
import { code, page, table } from './markdown';

/** What each process measures. */
const measured: Readonly<Record<string, readonly Metric[]>> = {
  'cart-gateway': gatewayMetrics,
  'order-service': orderMetrics,
  'pay-service': payMetrics,
};

/** What one process measures. */
export const measuredOf = (service: string): readonly Metric[] => measured[service] ?? [];

/** Every metric, each once. */
export const allMetrics: readonly Metric[] = [...new Set(Object.values(measured).flat())];

/** Every metric of every process, as it is declared where it is measured. */
export function metricsPage(): string {
  return page(
    'Metrics',
    [
      'With `METRICS_PORT` a service answers Prometheus at `/metrics`, on this machine or at',
      '`METRICS_HOST`: without sign-in and without TLS, so let only Prometheus reach it. Without',
      'the port nothing is measured. Labels have the values that are listed here and no others:',
      'never a number of a payment, a user or an address.',
    ].join('\n'),
    [
      'What is read from the database, which `saoma_books_up` speaks of, is read when Prometheus',
      'asks, at most every five seconds, by indices, and with at most 200 rows of a kind. It is',
      'the same at every order service: take the `max`. While the database does not answer within',
      'two seconds `saoma_books_up` is 0, and what it would say is left out; all else is told.',
    ].join('\n'),
    [
      'What to do when one of them looks wrong: [runbooks](runbooks.md), one for each rule of',
      '`deploy/prometheus/alerts.yml`. `deploy/grafana/saoma.json` is a dashboard.',
    ].join('\n'),
    table(['metric', 'type', 'unit', 'labels', 'of', 'meaning'], allMetrics.map(rowOf)),
  );
}

function rowOf(metric: Metric): string[] {
  const { name, unit, labels, help } = metric.about;
  const owners = Object.keys(measured).filter((process) => measured[process]?.includes(metric));
  const isEverybodys = owners.length === Object.keys(measured).length;
  const who = isEverybodys ? 'all' : owners.join(', ');
  return [code(name), metric.type, unit, labelsText(labels), who, help];
}

function labelsText(labels: Metric['about']['labels']): string {
  const texts = Object.entries(labels).map(([name, values]) => {
    const all = 'listedIn' in values ? `see [${values.listedIn}](${values.listedIn})` : undefined;
    return `${code(name)}: ${all ?? (values as readonly string[]).map(code).join(', ')}`;
  });
  return texts.join('; ') || 'none';
}
