import { forEachAtOnce } from '../../support/at-once';
import { ask } from '../../support/http';
import { paymentNotice } from '../../support/notice';
import { merchant } from '../../support/system';
import type { Customer } from '../lane/customer';
import { numbersOf } from '../lane/dealings';
import type { Lane } from '../lane/lane';
import { aCustomer, type Scenario } from './kit';

const crowdSize = 500;
const atOnceMax = 25;
/** So many take longer to come to rest than two. */
const restMsMax = 120_000;

/** So many customers with a code each. */
async function aCrowd(lane: Lane): Promise<Customer[]> {
  const crowd: Customer[] = [];
  await forEachAtOnce(atOnceMax, Array.from({ length: crowdSize }), async () => {
    crowd.push(await aCustomer(lane));
  });
  if (crowd.length !== crowdSize) throw new Error(`only ${crowd.length} came`);
  return crowd;
}

/** The payments that are not settled in the end, although all were paid. */
async function unpaidOf(lane: Lane, crowd: readonly Customer[]): Promise<string[]> {
  const { rows } = await lane.look();
  const paid = new Set(
    rows.tb_paylog.filter((row) => row.trade_state === '1').map((row) => row.out_trade_no),
  );
  return numbersOf(crowd)
    .filter((out_trade_no) => !paid.has(out_trade_no))
    .map((out_trade_no) => `${out_trade_no} was paid for and is not paid`);
}

export const scenariosOfFloods: Readonly<Record<string, Scenario>> = {
  'five hundred pay while the shop is away': {
    async play(lane) {
      const crowd = await aCrowd(lane);
      await lane.order.process.end('SIGKILL');
      await forEachAtOnce(atOnceMax, crowd, (customer) => customer.pays());
      await lane.order.startNext();
      const restless = await lane.rest(numbersOf(crowd), restMsMax);
      return [...restless, ...(await unpaidOf(lane, crowd))];
    },
  },
  'five hundred notices at once': {
    async play(lane) {
      const crowd = await aCrowd(lane);
      const url = `${lane.system.url()}/pay/notify`;
      const stranger = { ...merchant, WECHAT_KEY: '0'.repeat(32) };
      const believed: string[] = [];
      const forge = async ({ out_trade_no, total_fee }: Customer) => {
        const body = paymentNotice(stranger, { out_trade_no, total_fee });
        const { text } = await ask('POST', url, { body });
        if (text.includes('SUCCESS')) believed.push(`a forged notice of ${out_trade_no} was taken`);
      };
      await Promise.all(crowd.flatMap((each) => [forge(each), each.hasMoneyBrought()]));
      const restless = await lane.rest(numbersOf(crowd), restMsMax);
      return [...believed, ...restless, ...(await unpaidOf(lane, crowd))];
    },
  },
};
