import { Column, Entity, PrimaryColumn } from 'typeorm';
import { fen } from '../database/columns';

/** What the shop sells. The shop's own programs fill this table. */
@Entity('tb_item')
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
}
