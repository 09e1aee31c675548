import { aReceiver, rice } from '../../support/shopper';
import type { Town } from '../soak/town';
import type { Waits } from './figures';

/** What is told of two of everything; gives what is broken. `pay`: a payer's whole journey. */
export type Story = (town: Town, pay: () => Promise<Waits>) => Promise<string[]>;

const crowds = 40;
const crowdSize = 6;
const triesMax = 40;

export const stories: Readonly<Record<string, Story>> = {
  /** Each order service claims it at a node of its own: of two commits the cluster refuses one. */
  'a crowd at both order services asks for one code': async ({ system }) => {
    const broken: string[] = [];
    for (let count = 0; count < crowds; count += 1) {
      const shopper = await system.shopper();
      const { out_trade_no } = await shopper.buy();
      const ask = (_: unknown, at: number) =>
        shopper.at(system.url(at % 2)).createNative(out_trade_no);
      const codes = await Promise.all(Array.from({ length: crowdSize }, ask));
      const { calls } = await system.sandbox.trade(out_trade_no);
      const given = new Set(codes.map(({ code_url }) => code_url)).size;
      if (given > 1) broken.push(`${given} codes were given for ${out_trade_no}`);
      if (calls.unifiedorder !== 1) {
        broken.push(`for ${out_trade_no} WeChat was asked ${calls.unifiedorder} times at once`);
      }
    }
    return broken;
  },
  /** Without a key nobody may order again by themselves: nobody knows if it was done. */
  'the answer to an order is lost': async ({ system }) => {
    const link = system.link('gateway>order');
    link.listen((bytes) => {
      if (bytes.includes('"order.add"')) void link.cutNextAnswer();
    });
    try {
      for (let tries = 0; tries < triesMax; tries += 1) {
        const shopper = await system.shopper();
        await shopper.putItem(rice);
        const body = { payment_type: '1', receiver: aReceiver };
        const { status, text } = await shopper.ask('POST', '/api/orders', { body });
        const { payments } = await shopper.payments();
        if (status === 409) return [`the order was made, and its client was told ${text}`];
        if (payments.length > 1) return [`one order was made ${payments.length} times`];
        if (status === 503 && payments.length === 1) return [];
      }
      return ['no answer was lost: nothing was shown'];
    } finally {
      link.listen(() => undefined);
      link.heal();
    }
  },
  'the only order service that is left loses its node': async ({ system }, pay) => {
    const { galera, orders } = system;
    await orders[1]?.stop();
    await galera?.nodes[0].kill();
    try {
      await pay();
      return [];
    } finally {
      await galera?.nodes[0].restart();
      await orders[1]?.start();
    }
  },
};
