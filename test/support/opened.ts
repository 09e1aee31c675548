import type { Shopper, WeChatCheckout } from './shopper';
import type { System } from './system';

/** Who has a payment, and the code to pay it by. */
export interface Opened {
  readonly shopper: Shopper;
  readonly out_trade_no: string;
  readonly code_url: string;
}

/** Somebody new with two orders, 68.10 yuan together. */
export async function opened(system: System): Promise<Opened & WeChatCheckout> {
  const shopper = await system.shopper();
  const made = await shopper.buy();
  const { code_url } = await shopper.createNative();
  return { ...made, shopper, code_url };
}

/** Resolves when it is settled. */
export async function pays<T extends Opened>({ sandbox }: System, one: T): Promise<T> {
  await sandbox.pay(one.code_url);
  await one.shopper.paymentIn('SUCCESS', one.out_trade_no);
  return one;
}

export const paid = async (system: System) => pays(system, await opened(system));
