import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { Logger } from '@nestjs/common';
import { Subject } from 'rxjs';
import { Complaints } from '../complaints';
import type { TcpAddress } from '../config';
import { Gate } from '../gate';

/** How often names are looked up. */
const lookEveryMs = 5_000;
/** An instance that is of no use is a reason to look sooner, but never more often than this. */
const lookPauseMs = 1_000;
/** What a name leads to beyond these is not used. */
const ipsMax = 50;
/**
 * Of this whole process: a lookup keeps one of Node's four threads for as long as a name server is
 * silent.
 */
const lookups = new Gate({ inFlightMax: 1, lineMax: 100, lineMsMax: 10_000 });

const complaints = new Complaints(new Logger('rpc'));

/** Where one instance of a service is. */
export interface InstanceAddress extends TcpAddress {
  /** The host as it is configured, whatever it leads to: a certificate is for this name. */
  readonly name: string;
  /** What the host leads to, where that is a name that has been looked up. */
  readonly ip?: string | undefined;
}

interface Place {
  readonly name: string;
  readonly port: number;
  ips: readonly string[];
}

/**
 * Where the instances of a service are by now. A name that leads to one address is one instance,
 * which is called by its name; one that leads to several is as many instances. Names are looked up
 * again and again, beside the calls. While that fails, what was found last still counts.
 */
export class Addresses {
  /** Somebody has moved, come or gone. */
  readonly changed = new Subject<void>();
  private readonly places: readonly Place[];
  private readonly timer: NodeJS.Timeout | undefined;
  private lookedAtMs = Number.NEGATIVE_INFINITY;
  private isLooking = false;

  constructor(configured: readonly TcpAddress[]) {
    this.places = configured.map(({ host, port }) => ({ name: host, port, ips: [] }));
    if (this.names.length === 0) return;
    this.timer = setInterval(() => this.look(), lookEveryMs).unref();
    this.look();
  }

  get current(): readonly InstanceAddress[] {
    const all = this.places.flatMap(({ name, port, ips }): InstanceAddress[] =>
      ips.length > 1
        ? ips.map((ip) => ({ host: ip, port, name }))
        : [{ host: name, port, name, ip: ips[0] }],
    );
    // Two names may lead to the same place.
    return all.filter((one, index) => all.findIndex((other) => isSame(one, other)) === index);
  }

  /** Looks the names up, unless that has just been done. */
  look(): void {
    const nowMs = performance.now();
    if (this.isLooking || nowMs - this.lookedAtMs < lookPauseMs) return;
    this.isLooking = true;
    this.lookedAtMs = nowMs;
    Promise.all(this.names.map((place) => this.lookUp(place))).finally(() => {
      this.isLooking = false;
    });
  }

  close(): void {
    clearInterval(this.timer);
    this.changed.complete();
  }

  private get names(): Place[] {
    return this.places.filter(({ name }) => isIP(name) === 0);
  }

  private async lookUp(place: Place): Promise<void> {
    try {
      const found = await lookups.run(() => lookup(place.name, { all: true }));
      const ips = [...new Set(found.map(({ address }) => address))].sort().slice(0, ipsMax);
      if (ips.length === 0 || ips.join() === place.ips.join()) return;
      place.ips = ips;
      this.changed.next();
    } catch (error) {
      // A name that has never led anywhere is told by whoever calls it.
      if (place.ips.length > 0) complaints.tell(`${place.name} cannot be looked up`, error);
    }
  }
}

export const isSame = (one: InstanceAddress, other: InstanceAddress) =>
  one.host === other.host && one.port === other.port;
