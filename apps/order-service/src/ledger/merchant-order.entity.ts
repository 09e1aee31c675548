import { Column, Entity, PrimaryColumn } from 'typeorm';
import { outTradeNo, userId } from '../database/columns';

/**
 * Which payment a shop's own order number means now: the unique key lets two at once open one. It
 * leads to another payment only after the one before was closed unpaid.
 */
@Entity('tb_merchant_order')
export class MerchantOrderRow {
  @PrimaryColumn(userId)
  shop!: string;

  @PrimaryColumn({ type: 'varchar', length: 64 })
  merchant_order_no!: string;

  @Column(outTradeNo)
  out_trade_no!: string;
}

/** The payment that this shop's number means now. */
export const currentSql = `out_trade_no = (SELECT out_trade_no FROM tb_merchant_order
  WHERE shop = :shop AND merchant_order_no = :merchant_order_no)`;

/** A key by which a payment can be seen and paid without sign-in: only what proves it is kept. */
@Entity('tb_pay_key')
export class PayKeyRow {
  @PrimaryColumn(outTradeNo)
  out_trade_no!: string;

  /** The SHA-256 of the key, in hexadecimal. */
  @PrimaryColumn({ type: 'varchar', length: 64 })
  pay_key_hash!: string;
}
