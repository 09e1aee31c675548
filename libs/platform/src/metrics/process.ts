import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { Gauge } from './metric';

/** How exactly the delay of the event loop is measured. */
const delayResolutionMs = 20;
const nanosecondsPerSecond = 1e9;

/** What every process tells of itself. */
export const processMetrics = {
  eventLoopDelay: new Gauge({
    name: 'saoma_event_loop_delay_seconds',
    help: 'How late the process came to what was due, since it was asked last.',
    unit: 'seconds',
    labels: { quantile: ['0.5', '0.99', '1'] },
  }),
  memory: new Gauge({
    name: 'saoma_process_memory_bytes',
    help: 'The memory that the process holds.',
    unit: 'bytes',
    labels: {},
  }),
  startTime: new Gauge({
    name: 'saoma_process_start_time_seconds',
    help: 'When the process began, in Unix time.',
    unit: 'timestamp',
    labels: {},
  }),
};

let delays: IntervalHistogram | undefined;

processMetrics.eventLoopDelay.read(() => {
  if (!delays) {
    // Who is never asked measures nothing.
    delays = monitorEventLoopDelay({ resolution: delayResolutionMs });
    delays.enable();
    return undefined;
  }
  // Node counts the pause between two looks too.
  const seconds = (nanoseconds: number) =>
    Math.max(0, nanoseconds / nanosecondsPerSecond - delayResolutionMs / 1_000);
  const told = {
    '0.5': seconds(delays.percentile(50)),
    '0.99': seconds(delays.percentile(99)),
    '1': seconds(delays.max),
  };
  delays.reset();
  return told;
});
processMetrics.memory.read(() => process.memoryUsage.rss());
processMetrics.startTime.read(() => performance.timeOrigin / 1_000);
