import { userIdLengthMax } from '@saoma/contracts/values';
import type { ColumnOptions } from 'typeorm';

/** mysql2 gives bigint as text, SQLite as a number; ours is always a safe integer. */
const safeInteger = {
  type: 'bigint',
  transformer: {
    to: (value: number) => value,
    from: (value: string | number | null) => (value === null ? null : Number(value)),
  },
} as const satisfies ColumnOptions;

export const fen = safeInteger;
export const milliseconds = safeInteger;

/** Some bytes: libsql gives them as an ArrayBuffer. */
export const bytes = {
  type: 'blob',
  transformer: {
    to: (value: Buffer) => value,
    from: (value: Buffer | ArrayBuffer) => (Buffer.isBuffer(value) ? value : Buffer.from(value)),
  },
} as const satisfies ColumnOptions;

/** A moment in UTC, written by the application to the millisecond. */
export const moment = { type: 'datetime', precision: 3 } as const satisfies ColumnOptions;
export const momentOrNull = { ...moment, nullable: true } as const satisfies ColumnOptions;

export const id = { type: 'varchar', length: 20 } as const satisfies ColumnOptions;
/** WeChat's `out_trade_no` may have 32 characters; ours have 19. */
export const outTradeNo = { type: 'varchar', length: 30 } as const satisfies ColumnOptions;
export const userId = { type: 'varchar', length: userIdLengthMax } as const satisfies ColumnOptions;
/** A day in Beijing, yyyy-MM-dd. */
export const billDayOrNull = {
  type: 'varchar',
  length: 10,
  nullable: true,
} as const satisfies ColumnOptions;
export const digit = { type: 'varchar', length: 1 } as const satisfies ColumnOptions;
