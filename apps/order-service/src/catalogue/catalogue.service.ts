import { Injectable } from '@nestjs/common';
import type { Item } from '@saoma/contracts/order';
import { In } from 'typeorm';
import { Database } from '../database/database';
import { demoItems } from './demo-items';
import { ItemRow } from './item.entity';

/** More items than this are not listed: a larger shop brings its own catalogue pages. */
const itemsMax = 1_000;

@Injectable()
export class CatalogueService {
  constructor(private readonly database: Database) {}

  async all(): Promise<Item[]> {
    return this.database.read((manager) =>
      manager.find(ItemRow, { order: { item_id: 'ASC' }, take: itemsMax }),
    );
  }

  /** The items of these numbers that exist, by number. */
  async find(item_ids: string[]): Promise<Map<string, Item>> {
    if (item_ids.length === 0) return new Map();
    const rows = await this.database.read((manager) =>
      manager.findBy(ItemRow, { item_id: In(item_ids) }),
    );
    return new Map(rows.map((row) => [row.item_id, row]));
  }

  /** Puts the demo shop's items in, where they are missing. */
  async addDemoItems(): Promise<void> {
    await this.database.transaction(async (manager) => {
      const there = await manager.findBy(ItemRow, { item_id: In(demoItems.map((i) => i.item_id)) });
      const known = new Set(there.map((row) => row.item_id));
      const missing = demoItems.filter((item) => !known.has(item.item_id));
      if (missing.length > 0) await manager.insert(ItemRow, missing);
    });
  }
}
