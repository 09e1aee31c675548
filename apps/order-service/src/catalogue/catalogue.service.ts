import { Injectable } from '@nestjs/common';
import { Item } from '@saoma/contracts/cart';
import { totalFeeFenMax } from '@saoma/contracts/values';
import { Database } from '../database/database';
import { fitting } from '../database/page';
import { findRows } from '../database/rows';
import { demoItems } from './demo-items';
import { ItemRow } from './item.entity';

/** More items, or bytes of JSON, are not listed: a larger shop brings its own catalogue pages. */
const itemsMax = 1_000;
const catalogueBytesMax = 2 * 1024 * 1024;

/** What is only shown may be so old. */
const rememberedMsMax = 1_000;

@Injectable()
export class CatalogueService {
  /** What was read lately, by number: at most `itemsMax`. */
  private readonly known = new Map<string, { readonly item: Item; readonly readMs: number }>();

  constructor(private readonly database: Database) {}

  async all(): Promise<Item[]> {
    const rows = await this.database.listing.statements((manager) =>
      manager.find(ItemRow, { order: { item_id: 'ASC' }, take: itemsMax }),
    );
    return fitting(catalogueBytesMax, rows.filter(isForSale));
  }

  /** The items of these numbers that are for sale, by number. */
  async find(item_ids: string[]): Promise<Map<string, Item>> {
    if (item_ids.length === 0) return new Map();
    const readMs = performance.now();
    const rows = await this.database.statements((manager) =>
      findRows(manager, ItemRow, { condition: 'item_id IN (:item_ids)', values: { item_ids } }),
    );
    const items = new Map(rows.filter(isForSale).map((row): [string, Item] => [row.item_id, row]));
    if (this.known.size + items.size > itemsMax) this.known.clear();
    for (const [item_id, item] of items) this.known.set(item_id, { item, readMs });
    return items;
  }

  /** The same, but as they were within the last second: for what is only shown. */
  async findLately(item_ids: string[]): Promise<Map<string, Item>> {
    const found = new Map<string, Item>();
    for (const item_id of item_ids) {
      const known = this.known.get(item_id);
      const isFresh = known && performance.now() - known.readMs <= rememberedMsMax;
      if (isFresh) found.set(item_id, known.item);
    }
    const others = await this.find(item_ids.filter((item_id) => !found.has(item_id)));
    return new Map([...found, ...others]);
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
}

/** The shop's programs fill the table; a row that cannot be sold must not stop the others. */
function isForSale(row: ItemRow): boolean {
  return Item.safeParse({ ...row }).success && row.price <= totalFeeFenMax;
}
