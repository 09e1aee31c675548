import type { Line } from '@saoma/contracts/cart';
import type { ToldOrder } from '@saoma/contracts/orders';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { digit, fen, id, moment, momentOrNull, outTradeNo, userId } from '../database/columns';

/** One seller's part of a checkout. */
@Entity('tb_order')
@Index('tb_order_by_user', ['user_id', 'order_id'])
@Index('tb_order_by_payment', ['out_trade_no'])
@Index('tb_order_by_phone', ['receiver_phone', 'create_time', 'out_trade_no'])
@Index('tb_order_by_cart', ['cart_id'], { unique: true })
export class OrderRow {
  @PrimaryColumn(id)
  order_id!: string;

  @Column(userId)
  user_id!: string;

  @Column({ type: 'varchar', length: 64 })
  seller_id!: string;

  /** The payment over this order; null for cash on delivery. */
  @Column({ ...outTradeNo, nullable: true })
  out_trade_no!: string | null;

  /** The seller's cart that became this order: a cart is ordered once, however often one clicks. */
  @Column({ type: 'varchar', length: 36 })
  cart_id!: string;

  @Column(fen)
  payment!: number;

  /** `1` WeChat, `2` cash on delivery. */
  @Column(digit)
  payment_type!: '1' | '2';

  /** `1` unpaid, `2` paid, `6` closed. */
  @Column(digit)
  status!: '1' | '2' | '6';

  @Column(moment)
  create_time!: Date;

  @Column(momentOrNull)
  payment_time!: Date | null;

  @Column({ type: 'varchar', length: 64 })
  receiver_name!: string;

  @Column({ type: 'varchar', length: 32 })
  receiver_mobile!: string;

  /**
   * The digits of the phone number, by which operators find it. Null: a service of a release that
   * did not know it wrote the order, and it is still to be filled in.
   */
  @Column({ type: 'varchar', length: 32, nullable: true })
  receiver_phone!: string | null;

  @Column({ type: 'varchar', length: 200 })
  receiver_address!: string;
}

/** One line of an order, with the title and price of the moment it was ordered. */
@Entity('tb_order_item')
export class OrderItemRow {
  @PrimaryColumn(id)
  order_id!: string;

  @PrimaryColumn(id)
  item_id!: string;

  @Column({ type: 'varchar', length: 64 })
  seller_id!: string;

  @Column({ type: 'varchar', length: 200 })
  title!: string;

  @Column(fen)
  price!: number;

  @Column({ type: 'int' })
  num!: number;

  @Column(fen)
  total_fee!: number;
}

/** The row with its lines, as its owner sees it; what went back of it stands elsewhere. */
export function toOrder(row: OrderRow, items: OrderItemRow[]): ToldOrder {
  const { order_id, out_trade_no, seller_id, status, payment, payment_type } = row;
  return {
    order_id,
    out_trade_no,
    seller_id,
    status,
    payment,
    payment_type,
    items: items.map(({ order_id: _, ...line }): Line => line),
    receiver: {
      name: row.receiver_name,
      mobile: row.receiver_mobile,
      address: row.receiver_address,
    },
    create_time: row.create_time.toISOString(),
    payment_time: row.payment_time?.toISOString() ?? null,
  };
}
