import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { digit, fen } from '../database/columns';

/** What the shop sells. The shop's own programs fill this table, or ask the gateway to. */
@Entity('tb_item')
@Index('tb_item_by_sale', ['on_sale', 'item_id'])
export class ItemRow {
  @PrimaryColumn({ type: 'varchar', length: 20 })
  item_id!: string;

  @Column({ type: 'varchar', length: 64 })
  seller_id!: string;

  @Column({ type: 'varchar', length: 200 })
  title!: string;

  @Column(fen)
  price!: number;

  @Column({ type: 'varchar', length: 500, default: '' })
  image!: string;

  /** `1`: it can be bought. `0`: it cannot now, and carts that hold it say so. */
  @Column({ ...digit, default: '1' })
  on_sale!: '0' | '1';
}
