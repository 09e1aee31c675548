import { Injectable } from '@nestjs/common';
import { type CatalogueItem, Item, itemsPageMax } from '@saoma/contracts/cart';
import { totalFeeFenMax } from '@saoma/contracts/values';
import { Newest } from '@saoma/platform/newest';
import { Database } from '../database/database';
import { findRows } from '../database/rows';
import { demoItems } from './demo-items';
import { ItemRow } from './item.entity';

/** What was read lately is remembered of so many items. */
const rememberedMax = 1_000;
/** What `findLately` gives may be so old. */
const rememberedMsMax = 1_000;

interface Known {
  readonly item: CatalogueItem;
  readonly readMs: number;
}

@Injectable()
export class CatalogueService {
  /** What was read lately, by number. */
  private readonly known = new Newest<string, Known>(rememberedMax);

  constructor(private readonly database: Database) {}

  /**
   * What is for sale, by number, from the number that comes next to `after` on: a page of
   * `itemsPageMax` and one more, which is the next page's. Rows that cannot be sold are left out.
   */
  async page(after = ''): Promise<Item[]> {
    const items: Item[] = [];
    for (let last = after; ; ) {
      const rows = await this.onSaleAfter(last);
      items.push(...rows.filter(canBeSold).map(({ on_sale: _, ...item }) => item));
      const end = rows.at(-1);
      if (!end || rows.length <= itemsPageMax || items.length > itemsPageMax) {
        return items.slice(0, itemsPageMax + 1);
      }
      last = end.item_id;
    }
  }

  /**
   * The items of these numbers, by number, as the table has them now; also what is not on sale.
   * What it has read, `findLately` gives for a while.
   */
  async findNow(item_ids: string[]): Promise<Map<string, CatalogueItem>> {
    if (item_ids.length === 0) return new Map();
    const readMs = performance.now();
    const rows = await this.database.statements((manager) =>
      findRows(manager, ItemRow, { where: 'item_id IN (:item_ids)', values: { item_ids } }),
    );
    const items = new Map(rows.filter(canBeSold).map((row) => [row.item_id, toItem(row)]));
    for (const [item_id, item] of items) this.known.set(item_id, { item, readMs });
    return items;
  }

  /**
   * The same, but as they were within the last second, whether they are on sale too. Enough for
   * what goes into a cart, since a checkout reads anew what it sells.
   */
  async findLately(item_ids: string[]): Promise<Map<string, CatalogueItem>> {
    const found = new Map<string, CatalogueItem>();
    for (const item_id of item_ids) {
      const known = this.known.get(item_id);
      const isFresh = known && performance.now() - known.readMs <= rememberedMsMax;
      if (isFresh) found.set(item_id, known.item);
    }
    const others = await this.findNow(item_ids.filter((item_id) => !found.has(item_id)));
    return new Map([...found, ...others]);
  }

  /** Makes this the item of its number, whatever was there. */
  async put(item: CatalogueItem): Promise<CatalogueItem> {
    const row: ItemRow = { ...item, on_sale: item.on_sale ? '1' : '0' };
    await this.database.statements((manager) => manager.upsert(ItemRow, row, ['item_id']));
    this.known.delete(item.item_id);
    return item;
  }

  /** Puts the demo shop's items in, where they are missing. */
  async addDemoItems(): Promise<void> {
    await this.database.statements((manager) =>
      manager
        .createQueryBuilder()
        .insert()
        .into(ItemRow)
        .values([...demoItems])
        .orIgnore()
        .updateEntity(false)
        .execute(),
    );
  }

  private onSaleAfter(last: string): Promise<ItemRow[]> {
    const limit = itemsPageMax + 1;
    const where = `on_sale = '1' AND item_id > :last ORDER BY item_id LIMIT ${limit}`;
    return this.database.listing.statements((manager) =>
      findRows(manager, ItemRow, { where, values: { last } }),
    );
  }
}

const toItem = (row: ItemRow): CatalogueItem => ({ ...row, on_sale: row.on_sale === '1' });

/** The shop's programs fill the table; a row that cannot be sold must not stop the others. */
function canBeSold({ on_sale: _, ...row }: ItemRow): boolean {
  return Item.safeParse(row).success && row.price <= totalFeeFenMax;
}
