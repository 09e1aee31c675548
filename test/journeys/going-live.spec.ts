import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { promisify } from 'node:util';
import { hasCurl, program } from '../support/machine';
import { onStores } from '../support/on-stores';
import { byLink, OpenedPayment } from '../support/shop-order';
import { authSecret } from '../support/system';
import { sectionsOf } from '../tidy/translations';
import { projectRoot } from '../tidy/tree';

const sections = sectionsOf(readFileSync('docs/going-live.md', 'utf8'));

/** The commands of a step, block by block. */
function commandsOf(heading: string): string[] {
  const code = sections.find((section) => section.heading.includes(heading))?.code.join('\n') ?? '';
  return [...code.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block ?? '');
}

/** Runs commands of the page as they stand, in the project's folder; gives what they say. */
async function run(command: string, variables: Record<string, string>): Promise<string> {
  const env = { PATH: process.env.PATH, ...variables };
  const args = ['-euo', 'pipefail', '-c', command];
  const { stdout } = await promisify(execFile)(program('bash'), args, { cwd: projectRoot(), env });
  return stdout.trim();
}

if (hasCurl) {
  onStores('docs/going-live.md', { stores: 'sqlite' }, (system) => {
    it("its commands open the first payment of a shop's own order, and refund it", async () => {
      const [sign = ''] = commandsOf('5. Sign-in');
      const [open = '', look = '', refund = ''] = commandsOf('7. The first real payment');
      const secret = { AUTH_JWT_SECRET: authSecret };
      const ofShop = sign.replace("['operator']", "['shop']").replace("'boss'", "'my-shop'");
      const SHOP = system().url();
      const TOKEN = await run(sign, secret);
      const SAOMA_TOKEN = await run(ofShop, secret);
      const opened = OpenedPayment.parse(JSON.parse(await run(open, { SHOP, SAOMA_TOKEN })));
      const NO = opened.out_trade_no;

      const payer = await byLink(SHOP, opened.pay_url ?? '');
      const { code_url } = await payer.createNative(NO);
      await system().sandbox.pay(code_url);
      await payer.paymentIn('SUCCESS', NO);
      const seen = await run(look, { SHOP, TOKEN, NO });
      assert.match(seen, /"trade_state":"SUCCESS".*"payment\.paid".*"by":"(notice|query)"/s);
      assert.match(await run(refund, { SHOP, TOKEN, NO }), /"refunds":\[\{.*"refund_fee":1\b/s);
    });
  });
}
