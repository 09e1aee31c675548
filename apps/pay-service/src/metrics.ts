import { Dialect } from '@saoma/contracts/values';
import { Counter, Gauge, Histogram } from '@saoma/platform/metrics/metric';
import { processMetrics } from '@saoma/platform/metrics/process';
import { rpcMetrics } from '@saoma/platform/rpc/rpc-metrics';

/** The calls to WeChat, each by its name in its dialect. */
const methods = [
  ...(['unifiedorder', 'orderquery', 'closeorder', 'refund', 'refundquery'] as const),
  ...(['native', 'query', 'close', 'refund query'] as const),
  ...(['downloadbill', 'tradebill', 'fundflowbill', 'billdownload'] as const),
  'certificates',
] as const;
/** What a call may be called: its label is one of a closed list. */
export type WechatMethod = (typeof methods)[number];

export const payMetrics = {
  wechatCalls: new Histogram(
    {
      name: 'saoma_wechat_call_seconds',
      help: 'How long a call to WeChat took, a second host included, and what is known after it.',
      unit: 'seconds',
      labels: {
        method: methods,
        dialect: Dialect.options,
        outcome: ['success', 'no', 'unknown'],
      },
    },
    [0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8],
  ),
  notices: new Counter({
    name: 'saoma_wechat_notices_total',
    help: "Notices that were read: WeChat's, or refused because nothing shows that they are.",
    unit: 'times',
    labels: { outcome: ['believed', 'refused'] },
  }),
  certificates: new Gauge({
    name: 'saoma_wechat_certificate_expiry_seconds',
    help: "When WECHAT_CERT ends, and the last of WeChat's own certificates, in Unix time.",
    unit: 'timestamp',
    labels: { certificate: ['merchant', 'wechat'] },
  }),
};

export const metrics = [processMetrics, rpcMetrics, payMetrics].flatMap((some) =>
  Object.values(some),
);
