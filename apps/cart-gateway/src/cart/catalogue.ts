import { Injectable } from '@nestjs/common';
import { itemsPageMax } from '@saoma/contracts/cart';
import { isUnavailable } from '@saoma/contracts/errors';
import { etagOf } from '@saoma/platform/http/etag';
import { Newest } from '@saoma/platform/newest';
import { singleFlight } from '@saoma/platform/single-flight';
import { OrderClient } from '../clients';

/** Visitors see a change of the catalogue within twice this time, at whichever gateway. */
const freshMs = 1_000;
/**
 * While the order service is away, visitors still see what was known, since a restart takes some
 * seconds. Its prices are only shown: what an order costs is for the order service to say.
 */
const keptMsMax = 60_000;
/** So many pages are in memory, at most 2 MiB each: those that were asked for last. */
const pagesKeptMax = 16;

/** A page as it is sent: its JSON, and the tag of exactly this content. */
interface Sent {
  readonly body: Buffer;
  readonly etag: string;
  /** The number after which the next page begins; undefined: this is the last one. */
  readonly next: string | undefined;
}

/**
 * The catalogue, in memory, page by page: however many visitors come, the order service is asked
 * for a page once at a time, and its answer is written as JSON once for all of them.
 */
@Injectable()
export class Catalogue {
  /** By the number after which they begin. */
  private readonly pages = new Newest<string, CataloguePage>(pagesKeptMax);

  constructor(private readonly order: OrderClient) {}

  /** May fail: service/unavailable, when nothing that is young enough is known. */
  read(after: string | undefined): Promise<Sent> {
    const key = after ?? '';
    const page = this.pages.get(key) ?? new CataloguePage(this.order, after);
    this.pages.set(key, page);
    return page.read();
  }

  /** Whoever has changed an item sees that at once; visitors of other gateways do soon. */
  forget(): void {
    this.pages.clear();
  }
}

class CataloguePage {
  private known: (Sent & { readonly askedMs: number }) | undefined;
  private readonly ask = singleFlight(() => this.askNow());

  constructor(
    private readonly order: OrderClient,
    private readonly after: string | undefined,
  ) {}

  async read(): Promise<Sent> {
    if (this.known && this.ageMs < freshMs) return this.known;
    try {
      return await this.ask();
    } catch (error) {
      if (this.known && this.ageMs < keptMsMax && isUnavailable(error)) return this.known;
      throw error;
    }
  }

  private get ageMs(): number {
    return performance.now() - (this.known?.askedMs ?? 0);
  }

  private async askNow(): Promise<Sent> {
    const askedMs = performance.now();
    const { after } = this;
    const items = await this.order.items(after === undefined ? {} : { after });
    const page = items.slice(0, itemsPageMax);
    const next = items.length > page.length ? page.at(-1)?.item_id : undefined;
    const body = Buffer.from(JSON.stringify(page));
    this.known = { body, etag: etagOf(body), next, askedMs };
    return this.known;
  }
}
