import { setTimeout as pause } from 'node:timers/promises';
import type { ServiceProcess } from '../../support/processes';
import { within } from '../../support/until';
import type { Seeded } from '../seeded';
import { troubles } from '../troubles';
import type { Town } from './town';

const outageMs = 2_000;
const databaseFreezeMs = 1_000;
const errorsMax = 40;
const restartMsMax = 60_000;
/** What befalls a neighbour or the clock, among all that is no death. */
const troublePercent = 60;

/** What goes wrong, one thing at a time: two of three are deaths. */
export class Nemesis {
  kills = 0;
  faults = 0;
  /** Services that are dead or silent because of it: nobody else may end one. */
  readonly victims = new Set<ServiceProcess>();
  private turn = 0;

  constructor(
    private readonly town: Town,
    private readonly random: Seeded,
  ) {}

  async strike(): Promise<string> {
    this.turn += 1;
    this.faults += 1;
    const { system } = this.town;
    if (this.turn % 3 !== 0) {
      this.kills += 1;
      if (this.random.chance(20)) return this.killDatabase();
      const mortals = [...system.orders, ...system.orders, ...system.gateways, system.pay];
      return this.kill(this.random.pick(mortals));
    }
    if (this.random.chance(troublePercent)) return this.trouble();
    return this.random.pick([
      () => this.flush(),
      () => this.freezeDatabase(),
      () => this.freeze(this.random.pick([...system.orders, ...system.gateways, system.pay])),
      () => this.errors(),
      () => this.blackHole(),
      () => this.changeOver(),
    ])();
  }

  private async kill(victim: ServiceProcess): Promise<string> {
    this.victims.add(victim);
    await within('restart', victim.killAndRestart(), restartMsMax);
    this.victims.delete(victim);
    return `kill ${victim.app}`;
  }

  private async killDatabase(): Promise<string> {
    await this.town.system.mariadb?.kill();
    await this.town.system.mariadb?.restart();
    return 'kill the database';
  }

  private async freezeDatabase(): Promise<string> {
    this.town.system.mariadb?.signal('SIGSTOP');
    await pause(databaseFreezeMs);
    this.town.system.mariadb?.signal('SIGCONT');
    return 'freeze the database';
  }

  private async freeze(victim: ServiceProcess): Promise<string> {
    victim.signal('SIGSTOP');
    await pause(outageMs);
    victim.signal('SIGCONT');
    return `freeze ${victim.app}`;
  }

  private async trouble(): Promise<string> {
    const [name, trouble] = this.random.pick(Object.entries(troubles));
    const heal = await trouble.befall(this.town.system);
    await pause(outageMs);
    await heal();
    return name;
  }

  private async flush(): Promise<string> {
    await this.town.system.redis?.flush();
    return 'flush Redis';
  }

  private async changeOver(): Promise<string> {
    const { system } = this.town;
    const before = system.pay;
    this.victims.add(before);
    await within('change-over', system.speaks(system.way === 'v2' ? 'v3 public-key' : 'v2'));
    this.victims.delete(before);
    return `change over to ${system.way}`;
  }

  private async errors(): Promise<string> {
    await this.town.system.sandbox.fault({ match: {}, kind: 'http_error', times: errorsMax });
    await pause(outageMs);
    return `${errorsMax} errors of WeChat`;
  }

  private async blackHole(): Promise<string> {
    const link = this.town.system.link('pay>wechat');
    link.blackHole();
    await pause(outageMs);
    link.heal();
    link.reset();
    return 'WeChat is silent';
  }
}
