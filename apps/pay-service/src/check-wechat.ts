import { ConfigError } from '@saoma/platform/config';
import { createLog } from '@saoma/platform/log';
import { PayConfig } from './config';
import { Wechat } from './wechat';

const whoHears =
  "Test notices go to the service that runs, not to this command: an operator's " +
  'POST /api/wechat/check hears of them.';

/**
 * `npm run check-wechat`: tells, in words, whether the environment of the pay service is right, by
 * asking WeChat. Ends with 0 unless something is wrong.
 */
async function run(): Promise<number> {
  const wechat = new Wechat(new PayConfig(), createLog('check-wechat', 'silent'));
  try {
    const findings = await wechat.dialects.check();
    const words = { good: 'good     ', bad: 'BAD      ', unproved: 'unproved ' };
    const lines = findings.map(({ dialect, about, is, says }) => {
      return `${words[is]} ${dialect} ${about.padEnd(11)}  ${says}\n`;
    });
    process.stdout.write(lines.join(''));
    if (findings.some(({ about, is }) => about === 'notify-url' && is === 'unproved')) {
      process.stdout.write(`${whoHears}\n`);
    }
    return findings.some(({ is }) => is === 'bad') ? 1 : 0;
  } finally {
    await wechat.close();
  }
}

run().then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    process.stderr.write(`${error instanceof ConfigError ? error.message : error.stack}\n`);
    process.exitCode = 1;
  },
);
