import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../../support/until';
import type { Customer } from '../lane/customer';
import type { Lane } from '../lane/lane';
import { aCustomer, type Scenario } from './kit';

/** What must not happen would have happened by then. */
const nothingMs = 500;
const trapMsMax = 20_000;

/** The payer pays, and the order service stands still at this moment of taking the notice in. */
async function paidAndHeld(lane: Lane, moment: string): Promise<Customer> {
  const customer = await aCustomer(lane);
  const { process } = lane.order;
  process.arm({ moment, nth: 1, action: 'wait' });
  const held = process.at(moment, trapMsMax);
  await customer.pays();
  await held;
  process.arm(null);
  return customer;
}

/** Waits until WeChat has heard something of its notice, be it that the connection is dead. */
async function answered({ system }: Lane, out_trade_no: string): Promise<void> {
  await until('an answer to the notice', async () => {
    const { notices } = await system.sandbox.trade(out_trade_no);
    return notices.length > 0;
  });
}

async function dies(lane: Lane): Promise<void> {
  await lane.order.process.end('SIGKILL');
}

/** It dies there, and the books are looked at before anybody may mend them. */
const diesAt = (moment: string): Scenario => ({
  async play(lane) {
    const { out_trade_no } = await paidAndHeld(lane, moment);
    await dies(lane);
    const unsafe = await lane.unsafe();
    await lane.order.startNext();
    return unsafe.length > 0 ? unsafe : lane.rest([out_trade_no]);
  },
});

export const scenariosOfCrashes: Readonly<Record<string, Scenario>> = {
  'death in the middle of a settlement': diesAt('settle.orders'),
  'death after the commit of a settlement': diesAt('settle.committed'),
  'a notice is answered after its commit': {
    async play(lane) {
      const { out_trade_no } = await paidAndHeld(lane, 'settle.precommit');
      await pause(nothingMs);
      const unsafe = await lane.unsafe();
      await dies(lane);
      await lane.order.startNext();
      return unsafe.length > 0 ? unsafe : lane.rest([out_trade_no]);
    },
  },
  'two notices at the same moment': {
    async play(lane) {
      const { out_trade_no } = await paidAndHeld(lane, 'settle.precommit');
      const second = lane.system.sandbox.notify(out_trade_no);
      // innodb_trx shows old rows to whoever reads it often; counters go astray with connections
      // that were cut.
      await until('the second to wait', async () => {
        const [status] = await lane.system.rows('SHOW ENGINE INNODB STATUS');
        return String(status?.Status).includes('LOCK WAIT');
      });
      lane.order.process.goOn();
      const accepted = await second;
      const restless = await lane.rest([out_trade_no]);
      return accepted ? restless : ['the second notice was refused', ...restless];
    },
  },
  'the database dies under a notice': {
    async play(lane) {
      const { out_trade_no } = await paidAndHeld(lane, 'notice.read');
      const { mariadb } = lane.system;
      await mariadb?.kill();
      lane.order.process.goOn();
      await answered(lane, out_trade_no);
      // Nobody may mend it before the books are looked at.
      await dies(lane);
      await mariadb?.restart();
      const unsafe = await lane.unsafe();
      await lane.order.startNext();
      return unsafe.length > 0 ? unsafe : lane.rest([out_trade_no]);
    },
  },
  'SIGTERM while it takes a notice in': {
    async play(lane) {
      const { out_trade_no } = await paidAndHeld(lane, 'notice.read');
      const { process } = lane.order;
      const stopped = lane.order.stopCurrent();
      const cut = await Promise.race([process.ended.then(() => true), pause(nothingMs, false)]);
      process.goOn();
      const code = await stopped;
      await answered(lane, out_trade_no);
      const { rows, before } = await lane.look();
      const row = rows.tb_paylog.find((other) => other.out_trade_no === out_trade_no);
      const trade = before.find((other) => other.out_trade_no === out_trade_no);
      await lane.order.startNext();
      const broken = [
        ...(cut ? ['it ended in the middle of a settlement'] : []),
        ...(code === 0 ? [] : [`it ended with code ${code}`]),
        ...(row?.trade_state === '1' ? [] : ['what was under way was not finished']),
        ...(trade?.notices.some(({ accepted }) => accepted) ? [] : ['it was not answered']),
      ];
      return [...broken, ...(await lane.rest([out_trade_no]))];
    },
  },
};
