import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { freePort } from '../../support/ports';
import { until, within } from '../../support/until';
import { WebServer } from '../../support/web-server';
import type { Way } from '../../support/wechat';
import { liveness } from '../invariants/oracle';
import { Seeded } from '../seeded';
import { Customers } from '../soak/customers';
import { Town } from '../soak/town';
import type { SuiteResult } from '../suite';
import { Figures, type Waits } from './figures';
import { Payer } from './payer';
import type { Story } from './stories';
import type { Strike } from './strikes';
import { agree, agreeOnAll, unsafe, untilWhole } from './whole';

/** Customers come at this pace, unless so many are in town. */
const customerEveryMs = 500;
const customersMax = 12;
/** So many payers show what a healthy system takes. */
const healthyPayers = 9;
/** Code and news come at most so much later than in a healthy system. */
const lateMsMax = 10_000;
const episodeMsMax = 150_000;
const restMsMax = 90_000;
const violationsMax = 20;
/** Waits are ended by news alone, as by default. */
const gateway = { QR_WAIT_MS: '300000' };
const moments = ['the cart', 'the order', 'the code', 'the payment'];

/** What goes wrong before a step, or, as `beginning`, beside it. */
type Before = (step: number) => Promise<{ readonly beginning: Promise<void> } | undefined>;

export interface Episode {
  readonly name: string;
  readonly play: Strike | Story;
  readonly seed: number;
}

/** A town with two of everything, before which HAProxy stands as deploy/ has it. */
export class Trial {
  private readonly violations: string[] = [];
  private readonly figures = new Figures();
  private toldBefore = 0;
  private isOver = false;

  private constructor(
    private readonly town: Town,
    private readonly balancer: WebServer,
  ) {}

  static async of(episodes: readonly Episode[], way: Way): Promise<Omit<SuiteResult, 'suite'>> {
    const town = await Town.open(way, { stores: 'galera+sentinel', gateway });
    try {
      const balancer = await balance(town);
      try {
        return await new Trial(town, balancer).run(episodes);
      } finally {
        await balancer.stop();
      }
    } finally {
      await town.close();
    }
  }

  private async run(episodes: readonly Episode[]): Promise<Omit<SuiteResult, 'suite'>> {
    const { violations, town, figures } = this;
    let played = 0;
    const customers = new Customers(town, {
      seed: episodes[0]?.seed ?? 0,
      everyMs: customerEveryMs,
      atOnceMax: customersMax,
      origins: 'both',
      violations,
    });
    const serving = customers.comeWhile(() => !this.isOver);
    try {
      for (let count = 0; count < healthyPayers; count += 1) {
        figures.addHealthy(await this.pay(async () => undefined));
      }
      for (const episode of episodes) {
        await within(episode.name, this.play(episode), episodeMsMax);
        played += 1;
      }
      this.isOver = true;
      await serving;
      await this.rest();
    } catch (error) {
      violations.push(inspect(error));
    } finally {
      this.isOver = true;
    }
    violations.push(...town.broken);
    return {
      episodes: played,
      faults: played,
      violations: [...new Set(violations)].slice(0, violationsMax),
      notes: [`customers meanwhile: ${customers.told}`, ...figures.rows],
    };
  }

  private async play({ name, play, seed }: Episode): Promise<void> {
    const { town, violations } = this;
    const where =
      typeof play === 'function' ? await this.tell(name, play) : await this.strike(play, seed);
    await untilWhole(town.system);
    this.checkProcesses(where);
    const broken = await unsafe(town);
    violations.push(...broken.map((each) => `${where}, ${each}`));
    const numbers = town.told.slice(this.toldBefore).map(({ out_trade_no }) => out_trade_no);
    this.toldBefore = town.told.length;
    await agree(town, [...new Set(numbers)]);
  }

  private async tell(name: string, story: Story): Promise<string> {
    const pay = async () => {
      const waits = await this.pay(async () => undefined);
      this.measure(name, name, waits);
      return waits;
    };
    const broken = await story(this.town, pay);
    this.violations.push(...broken.map((each) => `${name}: ${each}`));
    return name;
  }

  /** One strike at a drawn moment of a payer's journey. It lasts until the page has its news. */
  private async strike({ name, kind, begin }: Strike, seed: number): Promise<string> {
    const random = new Seeded(seed);
    const moment = random.below(moments.length);
    const isAmid = random.chance(50);
    const where = `${name} ${isAmid ? 'amid' : 'before'} ${moments[moment]}`;
    let mend: (() => unknown) | undefined;
    const beginAt = async (step: number) => {
      if (step !== moment) return undefined;
      const beginning = begin(this.town.system).then((found) => {
        mend = found;
      });
      if (!isAmid) await beginning;
      return { beginning };
    };
    const waits = await this.pay(beginAt);
    await mend?.();
    this.measure(kind, where, waits);
    return where;
  }

  private measure(kind: string, where: string, waits: Waits): void {
    const { median } = this.figures;
    this.figures.add(kind, waits);
    for (const what of ['codeMs', 'newsMs'] as const) {
      if (waits[what] <= median[what] + lateMsMax) continue;
      this.violations.push(`${where}: ${what} was ${Math.round(waits[what])}`);
    }
  }

  /** Goes with a payer through the journey; `before` each step something may begin. */
  private async pay(before: Before): Promise<Payer> {
    const payer = new Payer(this.town, `http://127.0.0.1:${this.balancer.port}`);
    for (const [at, step] of payer.steps.entries()) {
      const beside = await before(at);
      await Promise.all([step(), beside?.beginning]);
    }
    return payer;
  }

  /** By now all of them live, and none has died of an error that nobody caught. */
  private checkProcesses(where: string): void {
    for (const { app, isAlive, log } of this.town.system.services) {
      if (!isAlive) this.violations.push(`${where}: ${app} ended: ${log.slice(-5).join('\n')}`);
      this.violations.push(...log.filter((line) => line.includes('"level":60')));
    }
  }

  /** All is mended: the books come to rest, and are the same at all nodes. */
  private async rest(): Promise<void> {
    const { town, violations } = this;
    town.system.heal();
    await town.system.sandbox.forgetFaults();
    const isAtRest = async () => liveness(await town.books()).length === 0;
    await until('the books to come to rest', isAtRest, restMsMax);
    violations.push(...(await unsafe(town)));
    await agreeOnAll(town);
  }
}

async function balance({ system }: Town): Promise<WebServer> {
  const sample = readFileSync(join(process.cwd(), 'deploy/haproxy/saoma.cfg'), 'utf8');
  const gateways = system.gateways.map(({ env }) => Number(env.PORT));
  const plain = sample.replace(/ ssl crt \S+/, '');
  return WebServer.start('haproxy', plain, { own: await freePort(), gateways });
}
