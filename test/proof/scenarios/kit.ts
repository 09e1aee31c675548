import { setTimeout as pause } from 'node:timers/promises';
import type { SystemOptions } from '../../support/system';
import type { Way } from '../../support/wechat';
import type { Snapshot } from '../invariants/snapshot';
import { Customer } from '../lane/customer';
import { numbersOf } from '../lane/dealings';
import type { Lane } from '../lane/lane';

const lookAgainMs = 200;

/** One row of the fault matrix, played once over a whole system. */
export interface Scenario {
  /** Variables that differ: then it has a system of its own. */
  readonly env?: SystemOptions['env'];
  /** It shows in this way of speaking with WeChat only; else the seed draws one. */
  readonly way?: Way;
  /** It leaves the books in a state that the oracle cannot know: it has a system of its own. */
  readonly alone?: true;
  /** It needs a clock that can be set. */
  readonly daysPass?: true;
  /** What is broken in the end; nothing may be. Whatever it throws is broken too. */
  play(lane: Lane): Promise<readonly string[]>;
}

/** Looks at both books again and again while the work goes on: they must be safe at any moment. */
export async function watched(lane: Lane, work: Promise<unknown>): Promise<string[]> {
  const ended = work.then(() => true);
  ended.catch(() => undefined);
  for (;;) {
    const unsafe = await lane.unsafe();
    if (unsafe.length > 0) return unsafe;
    if (await Promise.race([ended, pause(lookAgainMs, false)])) return [];
  }
}

/** A customer who has ordered and has no code yet. */
export async function aBuyer(lane: Lane): Promise<Customer> {
  const customer = new Customer(lane);
  await customer.buys();
  return customer;
}

/** A customer with a code that waits to be paid. */
export async function aCustomer(lane: Lane): Promise<Customer> {
  const customer = await aBuyer(lane);
  await customer.getsCode();
  return customer;
}

/** Rows of these customers' payments, as a condition in SQL. */
export const ofThese = (customers: readonly Customer[]): string =>
  `out_trade_no IN (${numbersOf(customers).map((number) => `'${number}'`)})`;

/** The rows about money, as text that can be compared. */
export function moneyRows({ rows }: Snapshot): string {
  const { tb_paylog, tb_order, tb_refund, tb_anomaly } = rows;
  return JSON.stringify([tb_paylog, tb_order, tb_refund, tb_anomaly]);
}

/** After a scenario: nothing is armed, cut or set any more, and the service is there again. */
export async function stillStands(lane: Lane): Promise<void> {
  lane.healLinks();
  lane.system.clock?.set(0);
  await lane.system.sandbox.forgetFaults();
  if (!lane.order.isAlive) await lane.order.startNext();
  lane.order.process.arm(null);
  lane.order.process.goOn();
}
