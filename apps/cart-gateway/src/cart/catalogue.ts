import { Injectable } from '@nestjs/common';
import { isUnavailable } from '@saoma/contracts/errors';
import { etagOf } from '@saoma/platform/http/etag';
import { OrderClient } from '../clients';

/** Visitors see a change of the catalogue within twice this time. */
const freshMs = 1_000;
/**
 * While the order service is away, visitors still see what was known, since a restart takes some
 * seconds. Its prices are only shown: what an order costs is for the order service to say.
 */
const keptMsMax = 60_000;

/** The catalogue as it is sent: its JSON, at most 2 MiB, and the tag of exactly this content. */
interface Sent {
  readonly body: Buffer;
  readonly etag: string;
}

/**
 * The catalogue, in memory: however many visitors come, the order service is asked once at a time,
 * and its answer is written as JSON once for all of them.
 */
@Injectable()
export class Catalogue {
  private known: (Sent & { readonly askedMs: number }) | undefined;
  private asking: Promise<Sent> | undefined;

  constructor(private readonly order: OrderClient) {}

  /** May fail: service/unavailable, when nothing that is young enough is known. */
  async read(): Promise<Sent> {
    if (this.known && this.ageMs < freshMs) return this.known;
    this.asking ??= this.ask().finally(() => {
      this.asking = undefined;
    });
    try {
      return await this.asking;
    } catch (error) {
      if (this.known && this.ageMs < keptMsMax && isUnavailable(error)) return this.known;
      throw error;
    }
  }

  private get ageMs(): number {
    return performance.now() - (this.known?.askedMs ?? 0);
  }

  private async ask(): Promise<Sent> {
    const askedMs = performance.now();
    const body = Buffer.from(JSON.stringify(await this.order.items({})));
    this.known = { body, etag: etagOf(body), askedMs };
    return this.known;
  }
}
