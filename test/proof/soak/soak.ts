import { setTimeout as pause } from 'node:timers/promises';
import { hasFaketime } from '../../support/machine';
import { until } from '../../support/until';
import { liveness, safety, told } from '../invariants/oracle';
import { wronglyShown } from '../invariants/shares';
import { Morning } from '../lane/morning';
import { Seeded } from '../seeded';
import type { SuiteOptions, SuiteResult } from '../suite';
import { Ways } from '../ways';
import { Customers } from './customers';
import { Nemesis } from './nemesis';
import { type Held, Town } from './town';

/** How long it lasts, how many customers come in a second, and how often something goes wrong. */
const sizes = {
  whole: { lastsMs: 180_000, perSecond: 6, strikeEveryMs: 3_500, killsMin: 30, restMsMax: 120_000 },
  share: { lastsMs: 12_000, perSecond: 4, strikeEveryMs: 3_500, killsMin: 2, restMsMax: 60_000 },
} as const;
const lookEveryMs = 1_000;
const idleMsMax = 20_000;
const violationsMax = 20;
/** At rest a service holds no more than this above what it held at its start. */
const growthMax: Held = { residentMb: 200, openFiles: 60 };

/**
 * A day in town: customers come whatever happens, a nemesis strikes every few seconds, both books
 * are safe all the time, and come to rest when all is healed.
 */
export async function run({ seed, part, way }: SuiteOptions): Promise<SuiteResult> {
  const town = await Town.open(new Ways(new Seeded(seed), way).draw());
  try {
    return await new Soak(town, seed, part).run();
  } finally {
    await town.close();
  }
}

class Soak {
  private readonly violations: string[] = [];
  private readonly strikes: string[] = [];
  private readonly ways: Ways;
  private readonly nemesis: Nemesis;
  private readonly customers: Customers;
  private readonly size: (typeof sizes)[keyof typeof sizes];
  private readonly seesMorning: boolean;
  private looks = 0;
  private isOver = false;
  private readonly endMs: number;

  constructor(
    private readonly town: Town,
    private readonly seed: number,
    part: SuiteOptions['part'],
  ) {
    const { violations } = this;
    this.size = sizes[part];
    this.seesMorning = hasFaketime && part === 'whole';
    this.ways = new Ways(new Seeded(seed));
    this.endMs = Date.now() + this.size.lastsMs;
    this.nemesis = new Nemesis(town, new Seeded(seed));
    const everyMs = 1_000 / this.size.perSecond;
    const onCome = () => this.ways.count(town.system.way);
    this.customers = new Customers(town, { seed, everyMs, origins: 'both', violations, onCome });
  }

  async run(): Promise<SuiteResult> {
    const before = this.town.held();
    const beside = [this.strikeOn(), this.lookOn()];
    await this.customers.comeWhile(() => !this.isEnough);
    this.isOver = true;
    await Promise.all(beside);
    await this.rest();
    if (this.seesMorning && this.violations.length === 0) await this.seeMorning();
    // Connections that nobody uses any more end a little later.
    await until('growth to end', () => this.growth(before).length === 0, idleMsMax).catch(() => {
      this.violations.push(...this.growth(before));
    });
    const after = this.town.held();
    return {
      suite: 'soak',
      episodes: this.customers.served,
      faults: this.nemesis.faults,
      violations: [...new Set(this.violations)].slice(0, violationsMax),
      notes: [
        `seed ${this.seed}, ${this.nemesis.kills} kills, safe at ${this.looks} looks`,
        this.customers.told,
        this.strikes.join(', '),
        this.ways.shares,
        ...Object.keys(before).map(
          (name) => `${name}: ${show(before[name])}, then ${show(after[name])}`,
        ),
      ],
    };
  }

  /** A slow machine needs longer for its kills. */
  private get isEnough(): boolean {
    return Date.now() > this.endMs && this.nemesis.kills >= this.size.killsMin;
  }

  private async strikeOn(): Promise<void> {
    while (!this.isEnough) {
      const next = pause(this.size.strikeEveryMs);
      this.strikes.push(await this.nemesis.strike());
      await next;
    }
  }

  private async lookOn(): Promise<void> {
    while (!this.isOver) {
      await pause(lookEveryMs);
      this.checkProcesses();
      const books = await this.town.books().catch(() => undefined);
      // The database may be dead right now.
      if (!books) continue;
      this.looks += 1;
      this.violations.push(...safety(books).map((each) => `in the middle: ${told(each)}`));
    }
  }

  /** Nothing ends but what the nemesis kills, and nothing dies of an error that nobody caught. */
  private checkProcesses(): void {
    const { secrets } = this.town;
    for (const service of this.town.system.services) {
      if (!service.isAlive && !this.nemesis.victims.has(service)) {
        this.violations.push(`${service.app} ended by itself: ${service.log.slice(-5).join('\n')}`);
      }
      const fatal = service.log.filter((line) => line.includes('"level":60'));
      const leaking = service.log.filter((line) => secrets.some((word) => line.includes(word)));
      this.violations.push(...fatal, ...leaking.map((line) => `INV-20: ${line}`));
    }
  }

  /** What is left over of what has been done: sockets, or memory to speak of. */
  private growth(before: Record<string, Held>): string[] {
    return Object.entries(this.town.held()).flatMap(([name, now]) => {
      const then = before[name] ?? { residentMb: 0, openFiles: 0 };
      const isMore =
        now.residentMb > then.residentMb + growthMax.residentMb ||
        now.openFiles > then.openFiles + growthMax.openFiles;
      return isMore ? [`${name} grew: ${show(then)}, then ${show(now)}`] : [];
    });
  }

  /** The day's bill, which several instances are asked to compare. */
  private async seeMorning(): Promise<void> {
    const { town } = this;
    const beganMs = Date.now();
    const broken = await Morning.passes({
      system: town.system,
      operator: await town.newShopper(['operator']),
      look: () => town.books(),
      turnClocks: (ms) => town.system.turnClocks(ms),
      persist: (request) => town.persist(() => request()),
    });
    this.violations.push(...broken, ...safety(await town.books()).map(told));
    this.strikes.push(`compared with the bill in ${Math.round((Date.now() - beganMs) / 1_000)} s`);
  }

  /** Orders that do not show what went back of them. */
  private async wronglyShown(): Promise<string[]> {
    const { town } = this;
    const books = await town.books();
    const operator = await town.newShopper(['operator']);
    const refunded = books.rows.tb_refund.map(({ out_trade_no }) => out_trade_no);
    const show = (order_id: string) => town.persist((url) => operator.at(url).order(order_id));
    return (await wronglyShown(books, refunded, show)).map(told);
  }

  /** All is healed: the books come to rest within their time. */
  private async rest(): Promise<void> {
    this.town.system.heal();
    await this.town.system.sandbox.forgetFaults();
    const deadline = Date.now() + this.size.restMsMax;
    const beganMs = Date.now();
    for (;;) {
      const books = await this.town.books();
      const unsafe = safety(books);
      const restless = liveness(books);
      if (unsafe.length + restless.length === 0) break;
      if (unsafe.length > 0 || Date.now() > deadline) {
        this.violations.push(...[...unsafe, ...restless].map((each) => `at rest: ${told(each)}`));
        break;
      }
      await pause(lookEveryMs);
    }
    this.violations.push(...(await this.wronglyShown()));
    this.strikes.push(`at rest after ${Math.round((Date.now() - beganMs) / 1_000)} s`);
    this.violations.push(...this.town.broken);
  }
}

const show = (held: Held | undefined) => `${held?.residentMb} MB and ${held?.openFiles} files`;
