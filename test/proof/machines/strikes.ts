import type { GaleraNode } from '../../support/galera';
import type { Link } from '../../support/links';
import type { ServiceProcess } from '../../support/processes';
import type { Sentinel } from '../../support/sentinel';
import type { System } from '../../support/system';

type Mend = () => unknown;

/** What befalls one of two of everything. */
export interface Strike {
  readonly name: string;
  /** Strikes of one kind are one row of figures. */
  readonly kind: string;
  /** Begins it. What it gives mends it: whatever died is started again. */
  begin(system: System): Promise<Mend>;
}

const pair = [0, 1] as const;
const trio = [0, 1, 2] as const;
const lists = { gateway: 'gateways', 'order service': 'orders', 'pay service': 'pays' } as const;

function there<T>(thing: T | undefined): T {
  if (thing === undefined) throw new Error('the system has none of these');
  return thing;
}

function ofServices(word: keyof typeof lists): Strike[] {
  const strike = (verb: string, work: (one: ServiceProcess) => Promise<Mend>) =>
    pair.map((at) => ({
      name: `${verb} ${word} ${at}`,
      kind: `${word}: ${verb}`,
      begin: (system: System) => work(there(system[lists[word]][at])),
    }));
  return [
    ...strike('kill', async (one) => {
      await one.kill();
      return () => one.start();
    }),
    ...strike('freeze', async (one) => {
      one.signal('SIGSTOP');
      return () => one.signal('SIGCONT');
    }),
    ...strike('stop', async (one) => {
      await one.stop();
      return () => one.start();
    }),
  ];
}

function ofNodes(): Strike[] {
  const strike = (verb: string, work: (one: GaleraNode) => Promise<Mend>) =>
    trio.map((at) => ({
      name: `${verb} Galera node ${at}`,
      kind: `Galera node: ${verb}`,
      begin: ({ galera }: System) => work(there(galera?.nodes[at])),
    }));
  return [
    ...strike('kill', async (one) => {
      await one.kill();
      return () => one.restart();
    }),
    ...strike('freeze', async (one) => {
      one.signal('SIGSTOP');
      return () => one.signal('SIGCONT');
    }),
    ...strike('stop', async (one) => {
      await one.end();
      return () => one.restart();
    }),
    ...strike('part from the others', async (one) => {
      await one.cutOff(true);
      return () => one.cutOff(false);
    }),
    ...strike('desync', async (one) => {
      await one.desync(true);
      return () => one.desync(false);
    }),
    ...strike('make read-only', async (one) => {
      await one.readOnly(true);
      return () => one.readOnly(false);
    }),
    // Another node gives it all of its data meanwhile.
    ...strike('join anew', async (one) => {
      await one.kill();
      const joining = one.restartEmpty();
      // Whoever mends it hears of it.
      joining.catch(() => undefined);
      return () => joining;
    }),
  ];
}

function ofRedis(): Strike[] {
  const strike = (kind: string, work: (all: Sentinel) => Promise<Mend>): Strike => ({
    name: kind,
    kind,
    begin: ({ sentinel }) => work(there(sentinel)),
  });
  return [
    strike('kill the primary Redis', async (all) => {
      const left = await all.killPrimary();
      return async () => {
        await all.movedFrom(left);
        await all.restart();
      };
    }),
    strike('freeze the primary Redis', async (all) => {
      await all.freezePrimary();
      return () => all.thaw();
    }),
    strike('change the primary Redis', async (all) => {
      await all.failOver();
      return () => undefined;
    }),
    strike('kill a sentinel', async (all) => {
      await all.sentinels[0]?.kill();
      return () => all.restart();
    }),
    strike('freeze a sentinel', async (all) => {
      all.sentinels[1]?.signal('SIGSTOP');
      return () => all.thaw();
    }),
  ];
}

/** To a first instance, or to a first node, by one caller; to or from WeChat by all. */
const links: readonly Link[] = [
  ...(['gateway>order', 'gateway>pay', 'order>pay', 'order>database'] as const),
  ...(['pay>wechat', 'wechat>gateway'] as const),
];
/** There is only one WeChat: without it there is no code, so it comes back soon. */
const passes = (link: Link) => link === 'pay>wechat';
const passesMs = 1_500;

function ofWays(): Strike[] {
  const strike = (verb: string, work: (system: System, link: Link) => unknown) =>
    links.map((link) => ({
      name: `${verb} ${link}`,
      kind: `a way: ${verb}`,
      async begin(system: System) {
        work(system, link);
        const mend = () => {
          system.link(link).heal();
          // What waits on a silent connection would wait for ever.
          system.link(link).reset();
        };
        if (passes(link)) setTimeout(mend, passesMs);
        return mend;
      },
    }));
  return [
    ...strike('cut', (system, link) => system.link(link).refuse()),
    ...strike('silence', (system, link) => system.link(link).blackHole()),
  ];
}

export const strikes: readonly Strike[] = [
  ...ofServices('gateway'),
  ...ofServices('order service'),
  ...ofServices('pay service'),
  ...ofNodes(),
  ...ofRedis(),
  ...ofWays(),
];
