import { nextInBeijing } from '../../support/beijing-time';
import { aDay } from '../lane/day';
import { numbersOf } from '../lane/dealings';
import { Morning } from '../lane/morning';
import { aCustomer, type Scenario } from './kit';

/** Half a minute before midnight. */
const lateMs = 86_400_000 - 30_000;

/** Days pass in them: each has its own system. */
export const scenariosOfBills: Readonly<Record<string, Scenario>> = {
  'a day beside its bill': {
    alone: true,
    daysPass: true,
    async play(lane) {
      const customers = await aDay(lane);
      const broken = await Morning.passes(lane);
      return [...broken, ...(await lane.rest(numbersOf(customers)))];
    },
  },
  'a minute around midnight beside two bills': {
    alone: true,
    daysPass: true,
    async play(lane) {
      await lane.turnClocks(nextInBeijing(await lane.system.sandbox.now(), lateMs));
      const customers = [await aCustomer(lane), await aCustomer(lane)] as const;
      const [paid, paidHere] = customers;
      await paid.pays();
      await paid.sees('SUCCESS');
      await paidHere.hasMoneyBrought();
      await paidHere.sees('SUCCESS');
      const restless = await lane.rest(numbersOf(customers));
      const first = await Morning.passes(lane);
      return [...restless, ...first, ...(await Morning.passes(lane))];
    },
  },
};
