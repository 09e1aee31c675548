import { writeFileSync } from 'node:fs';

// Loaded into a service before its own code: how long its event loop was held up, and
// which files of code it has read. It begins anew,
// after it has written what it saw to the file BENCH_LOOP_FILE, at each SIGUSR2.

const { BENCH_LOOP_FILE = '' } = process.env;
const beatMs = 5;

let lastMs = performance.now();
let lastCpu = process.cpuUsage();
let longestMs = 0;
let longestOwnMs = 0;

setInterval(() => {
  const now = performance.now();
  const { user, system } = process.cpuUsage(lastCpu);
  const lateMs = now - lastMs - beatMs;
  longestMs = Math.max(longestMs, lateMs);
  // While others have the core nobody of us is at fault: the process's own time counts.
  longestOwnMs = Math.max(longestOwnMs, Math.min(lateMs, (user + system) / 1_000));
  lastMs = now;
  lastCpu = process.cpuUsage();
}, beatMs).unref();

process.on('SIGUSR2', () => {
  const files = Object.keys(require.cache);
  writeFileSync(BENCH_LOOP_FILE, JSON.stringify({ longestMs, longestOwnMs, files }));
  longestMs = 0;
  longestOwnMs = 0;
});
