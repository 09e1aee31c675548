import { freePorts } from '../../support/ports';
import { ServiceProcess } from '../../support/processes';
import { OpenedPayment } from '../../support/shop-order';
import { until } from '../../support/until';
import type { Lane } from '../lane/lane';
import { fullFee, lessFee, ShopCustomer } from '../lane/shop-customer';
import type { Scenario } from './kit';
import { isTold, noBalance, paysLate } from './late-money';

const trapMsMax = 20_000;

/** Works with the address of another gateway, which has an order service of its own. */
async function besideAnother<T>({ system }: Lane, work: (url: string) => Promise<T>): Promise<T> {
  const [port, orderPort] = (await freePorts(2)) as [number, number];
  const ORDER_RPC_LISTEN = `tcp://127.0.0.1:${orderPort}`;
  const order = new ServiceProcess('order-service', { ...system.order.env, ORDER_RPC_LISTEN });
  const gateway = new ServiceProcess('cart-gateway', {
    ...system.gateway.env,
    PORT: String(port),
    ORDER_RPC: ORDER_RPC_LISTEN,
  });
  try {
    await order.start();
    await gateway.start();
    return await work(`http://127.0.0.1:${port}`);
  } finally {
    await gateway.stop();
    await order.stop();
  }
}

/** One order service stands before its commit, and the other one waits for it. */
async function asksAtBoth(lane: Lane, customer: ShopCustomer): Promise<string[]> {
  return besideAnother(lane, async (url) => {
    const { process } = lane.order;
    process.arm({ moment: 'open.precommit', nth: 1, action: 'wait' });
    const held = process.at('open.precommit', trapMsMax);
    const first = customer.asks(lessFee);
    await held;
    process.arm(null);
    const second = customer.asks(lessFee, customer.shopAt(url));
    await until('the second to wait', async () => {
      const [status] = await lane.system.rows('SHOW ENGINE INNODB STATUS');
      return String(status?.Status).includes('LOCK WAIT');
    });
    process.goOn();
    const answers = await Promise.all([first, second]);
    const statuses = answers.map(({ status }) => status);
    const numbers = answers.map((answer) => OpenedPayment.parse(answer.json()).out_trade_no);
    customer.out_trade_nos.push(...new Set(numbers));
    const isOne = numbers[0] === numbers[1] && `${statuses}` === '201,200';
    return isOne ? [] : [`one number at two gateways was answered ${statuses}, ${numbers}`];
  });
}

/** Its shop opens it at one gateway and closes it, while a gateway that stands still has it too. */
async function opensLate(lane: Lane, customer: ShopCustomer): Promise<void> {
  const { gateway } = lane.system;
  const opensAndCloses = async (url: string) => {
    const shop = customer.shopAt(url);
    const answer = await customer.asks(fullFee, shop);
    const { out_trade_no } = OpenedPayment.parse(answer.json());
    customer.out_trade_nos.push(out_trade_no);
    await shop.close(out_trade_no);
    await shop.paymentIn('CLOSED', out_trade_no);
  };
  gateway.signal('SIGSTOP');
  const late = customer.asks(fullFee);
  const closed = besideAnother(lane, opensAndCloses).finally(() => gateway.signal('SIGCONT'));
  const [answer] = await Promise.all([late, closed]);
  await customer.finds(OpenedPayment.parse(answer.json()));
}

/** What must not be, of the numbers of shops' own orders. */
export const scenariosOfShopNumbers: Readonly<Record<string, Scenario>> = {
  'one number at two gateways and order services at once': {
    async play(lane) {
      const customer = new ShopCustomer(lane);
      await customer.comes();
      const broken = await asksAtBoth(lane, customer);
      return [...broken, ...(await lane.rest(customer.out_trade_nos))];
    },
  },
  'one number is used again at two gateways and order services at once': {
    async play(lane) {
      const customer = new ShopCustomer(lane);
      await customer.buys();
      await customer.closes();
      await customer.sees('CLOSED');
      const broken = await asksAtBoth(lane, customer);
      return [...broken, ...(await lane.rest(customer.out_trade_nos))];
    },
  },
  'a number whose payment is closing': {
    async play(lane) {
      const customer = new ShopCustomer(lane);
      await customer.buys();
      await customer.getsCode();
      const { out_trade_no } = customer;
      await lane.system.sandbox.fault({
        match: { call: 'closeorder', out_trade_no },
        kind: 'system_error',
        phase: 'before',
        times: 1_000,
      });
      const status = await customer.closes();
      const { text } = await customer.asks(lessFee);
      const unsafe = await lane.unsafe();
      await lane.system.sandbox.forgetFaults();
      await customer.sees('CLOSED');
      await customer.buysAgain();
      return [
        ...(status === 202 ? [] : [`the close was answered ${status}`]),
        ...(text.includes('payment/number-reused') ? [] : [`the number was answered ${text}`]),
        ...unsafe,
        ...(await lane.rest(customer.out_trade_nos)),
      ];
    },
  },
  'a number whose closed payment has late money': {
    async play(lane) {
      const customer = new ShopCustomer(lane);
      await customer.buys();
      await customer.getsCode();
      const { out_trade_no } = customer;
      await paysLate(customer, noBalance);
      await isTold(lane, customer, 'refund-refused');
      const { text } = await customer.asks(lessFee);
      await lane.system.sandbox.forgetFaults();
      await customer.hasAllBack();
      await customer.buysAgain();
      await customer.sees('NOTPAY');
      return [
        ...(text.includes('payment/number-reused') ? [] : [`${out_trade_no}: ${text}`]),
        ...(await lane.rest(customer.out_trade_nos)),
      ];
    },
  },
  'late money, while its number is used again': {
    async play(lane) {
      const customer = new ShopCustomer(lane);
      await customer.buys();
      await customer.getsCode();
      const { out_trade_no } = customer;
      await lane.lieAboutClose(out_trade_no);
      await customer.closes();
      await customer.sees('CLOSED');
      const { process } = lane.order;
      process.arm({ moment: 'open.precommit', nth: 1, action: 'wait' });
      const held = process.at('open.precommit', trapMsMax);
      const again = customer.buysAgain();
      await held;
      process.arm(null);
      await customer.pays();
      await customer.hasAllBack(out_trade_no);
      process.goOn();
      await again;
      await customer.sees('NOTPAY');
      const unsafe = await lane.unsafe();
      await customer.getsCode();
      await customer.pays();
      await customer.sees('SUCCESS');
      return [...unsafe, ...(await lane.rest(customer.out_trade_nos))];
    },
  },
  'a number that a request takes whose shop has gone on without it': {
    async play(lane) {
      const customer = new ShopCustomer(lane);
      await customer.comes();
      await opensLate(lane, customer);
      const { status, text } = await customer.asks(lessFee);
      const unsafe = await lane.unsafe();
      await customer.closes();
      await customer.sees('CLOSED');
      await customer.buysAgain();
      return [
        ...(status === 409 ? [] : [`the number was answered ${status} ${text}`]),
        ...unsafe,
        ...(await lane.rest(customer.out_trade_nos)),
      ];
    },
  },
};
