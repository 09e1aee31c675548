import { takeOlderAnswers } from '../../support/documented';
import { ownBuild, type ServiceProcess } from '../../support/processes';
import { until } from '../../support/until';
import type { Way } from '../../support/wechat';
import { liveness, safety, told } from '../invariants/oracle';
import { Customers } from '../soak/customers';
import { Town } from '../soak/town';
import type { SuiteOptions, SuiteResult } from '../suite';
import { latestRelease } from './release';

const everyWay: readonly Way[] = ['v2', 'v3 public-key'];
/** Customers come at this pace, and so many are served before the next service is exchanged. */
const customerEveryMs = 250;
const servedBetween = 8;
const servedMsMax = 60_000;
const restMsMax = 60_000;

/**
 * The latest release is replaced by this build one service after the other, and back, under load
 * on one database: nothing is lost, and no request fails that a client would not repeat by itself.
 * An episode is one service that is exchanged.
 */
export async function run({ seed, way, only }: SuiteOptions): Promise<SuiteResult> {
  const violations: string[] = [];
  // Its episodes have no names: each begins where the one before it ended.
  if (only) return { suite: 'upgrade', episodes: 0, faults: 0, violations, notes: [] };
  const { version, build } = latestRelease();
  const notes = [`from release ${version} to this build, and back`];
  let episodes = 0;
  for (const spoken of way ? [way] : everyWay) {
    const town = await Town.open(spoken, { build });
    takeOlderAnswers(true);
    try {
      const rolling = new Rolling(town, seed);
      episodes += await rolling.run(build);
      violations.push(...rolling.violations.map((line) => `${spoken}: ${line}`));
      notes.push(`${spoken}: ${rolling.served} customers were served meanwhile`);
    } finally {
      takeOlderAnswers(false);
      await town.close();
    }
  }
  return { suite: 'upgrade', episodes, faults: episodes, violations, notes };
}

class Rolling {
  readonly violations: string[] = [];
  private readonly customers: Customers;
  private isOver = false;

  constructor(
    private readonly town: Town,
    seed: number,
  ) {
    const { violations } = this;
    // A gateway of the release opens no payments for a shop's own orders.
    const origins = 'carts';
    this.customers = new Customers(town, { seed, everyMs: customerEveryMs, origins, violations });
  }

  get served(): number {
    return this.customers.served;
  }

  /** Gives how many services were exchanged. */
  async run(release: string): Promise<number> {
    const living = this.customers.comeWhile(() => !this.isOver);
    const { services, sandboxProcess } = this.town.system;
    // Who is called comes first, so that nobody calls what its neighbour does not know yet.
    const inOrder = services.filter((service) => service !== sandboxProcess);
    try {
      await this.serveMore();
      for (const service of inOrder) await this.exchange(service, ownBuild);
      for (const service of [...inOrder].reverse()) await this.exchange(service, release);
      this.isOver = true;
      await living;
      await this.rest();
    } catch (error) {
      this.violations.push(String(error));
    } finally {
      this.isOver = true;
    }
    this.violations.push(...new Set([...this.town.broken, ...this.town.refusals]));
    return 2 * inOrder.length;
  }

  private async exchange(service: ServiceProcess, build: string): Promise<void> {
    await service.stop();
    service.build = build;
    await service.start();
    await this.serveMore();
  }

  private serveMore(): Promise<unknown> {
    const { served } = this;
    return until('more customers', () => this.served >= served + servedBetween, servedMsMax);
  }

  /** The books are safe and come to rest. */
  private async rest(): Promise<void> {
    const look = async () => {
      const books = await this.town.books();
      this.violations.push(...safety(books).map((each) => told(each)));
      return liveness(books).length === 0 || this.violations.length > 0;
    };
    await until('the books to come to rest', look, restMsMax);
  }
}
