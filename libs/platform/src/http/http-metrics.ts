import { Counter } from '../metrics/metric';

/** By the first digit of the status. */
const statuses = ['2xx', '3xx', '4xx', '5xx', 'none'] as const;

/** What is known of the requests that came by HTTP. */
export const httpMetrics = {
  answers: new Counter({
    name: 'saoma_http_answers_total',
    help: 'Requests that are over, by the status of their answer; none: their client left before.',
    unit: 'times',
    labels: { status: statuses },
  }),
};

export function countAnswer(status: number | undefined): void {
  const first = status === undefined ? 'none' : statuses[Math.floor(status / 100) - 2];
  if (first) httpMetrics.answers.add({ status: first });
}
