import { httpMetrics } from '@saoma/platform/http/http-metrics';
import { Gauge, Histogram } from '@saoma/platform/metrics/metric';
import { processMetrics } from '@saoma/platform/metrics/process';
import { rpcMetrics } from '@saoma/platform/rpc/rpc-metrics';

export const gatewayMetrics = {
  codeWait: new Histogram(
    {
      name: 'saoma_code_wait_seconds',
      help: 'How long a page waited for the code to pay by, and whether it got one.',
      unit: 'seconds',
      labels: { outcome: ['code', 'nothing to pay', 'failed'] },
    },
    [0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15],
  ),
  waiting: new Gauge({
    name: 'saoma_waiting_pages',
    help: 'Pages and streams that wait here for their payment; 20,000 have room.',
    unit: 'things',
    labels: {},
  }),
};

export const metrics = [processMetrics, rpcMetrics, httpMetrics, gatewayMetrics].flatMap((some) =>
  Object.values(some),
);
