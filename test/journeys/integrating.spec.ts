import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { promisify } from 'node:util';
import { hasCurl, program } from '../support/machine';
import { onStores } from '../support/on-stores';
import type { System } from '../support/system';

const page = readFileSync('docs/integrating.md', 'utf8');
const blocks = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block ?? '');
/** All of it waits for a payment that is made at once. */
const runMsMax = 60_000;

/** Runs the commands of the page, as they stand but for the two addresses; gives what they say. */
async function run(system: System): Promise<string> {
  const script = blocks
    .join('\n')
    .replace('http://127.0.0.1:3000', system.url())
    .replace('http://127.0.0.1:9100', system.sandbox.url);
  const cwd = mkdtempSync(join(tmpdir(), 'saoma-integrating-'));
  try {
    const env = { PATH: process.env.PATH, HOME: cwd };
    const options = { cwd, env, timeout: runMsMax };
    const args = ['-euo', 'pipefail', '-c', script];
    const { stdout } = await promisify(execFile)(program('bash'), args, options);
    return stdout;
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

if (hasCurl) {
  onStores('docs/integrating.md', { stores: 'sqlite' }, (system) => {
    it('its commands buy and pay as they stand', async () => {
      assert.ok(blocks.length > 0);
      const said = await run(system());
      for (const words of [
        /"user_id":"lily"/,
        /"order_ids":\["\d+"\],"out_trade_no":"\d+","total_fee":5990/,
        /"code_url":"weixin:/,
        /event: payment\n(?:.*\n)?data: .*"trade_state":"SUCCESS"/,
        /"success":true,"message":"支付成功"/,
        /"trade_state":"SUCCESS"/,
        /"status":"2"/,
        /"title":"Oolong tea",.*"on_sale":true/,
        /"code":"payment\/already-paid"/,
        /"total_fee":1200,"pay_url":"http.*#key=/,
        /"total_fee":900,"pay_url":"http/,
        /"code":"payment\/number-reused"/,
        /\{"payments":\[\{[^}]*"trade_state":"SUCCESS"[^}]*"merchant_order_no":"A-1001"/,
      ]) {
        assert.match(said, words);
      }
      // Nothing went wrong but the close of what is paid, and another amount for the same order.
      const codes = [...said.matchAll(/"code":"([^"]*)"/g)].map(([, code]) => code);
      assert.deepEqual(codes, ['payment/already-paid', 'payment/number-reused']);
    });
  });
}
