import { ConfigError } from '@saoma/platform/config';
import { createLog, useNestLog } from '@saoma/platform/log';
import { PayConfig } from './config';
import { Wechat } from './wechat';
import type { WechatFinding } from './wechat-channel';

const whoHears =
  "Test notices go to the service that runs, not to this command: an operator's " +
  'POST /api/wechat/check hears of them.';

/**
 * `npm run check-wechat`: tells, in words, whether the environment of the pay service is right, by
 * asking WeChat. Ends with 0 if nothing is found wrong and WeChat has answered; what is not proved
 * then stands in the last line.
 */
async function run(): Promise<number> {
  // What is found stands in lines of its own: no log line comes between them.
  const log = createLog('check-wechat', 'silent');
  useNestLog(log);
  const wechat = new Wechat(new PayConfig(), log);
  try {
    const findings = await wechat.dialects.check();
    const words = {
      good: 'good     ',
      bad: 'BAD      ',
      unproved: 'unproved ',
      unknown: 'UNKNOWN  ',
    };
    const lines = findings.map(({ dialect, about, is, says }) => {
      return `${words[is]} ${dialect} ${about.padEnd(11)}  ${says}`;
    });
    const isHeardElsewhere = findings.some(
      ({ about, is }) => about === 'notify-url' && is === 'unproved',
    );
    if (isHeardElsewhere) lines.push(whoHears);
    process.stdout.write([...lines, summaryOf(findings), ''].join('\n'));
    return findings.some(({ is }) => is === 'bad' || is === 'unknown') ? 1 : 0;
  } finally {
    await wechat.close();
  }
}

function summaryOf(findings: readonly WechatFinding[]): string {
  if (findings.some(({ is }) => is === 'bad')) return 'Something is wrong: see BAD.';
  if (findings.some(({ is }) => is === 'unknown')) {
    return 'Nothing is found wrong, but WeChat has not answered everything: see UNKNOWN.';
  }
  const unproved = findings.filter(({ is }) => is === 'unproved');
  const names = unproved.map(({ dialect, about }) => `${dialect} ${about}`);
  return names.length === 0
    ? 'Everything is proved.'
    : `Nothing is found wrong. NOT proved, and maybe wrong: ${names.join(', ')}.`;
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
