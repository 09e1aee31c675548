import type { Customer } from './customer';
import { customerOf, numbersOf } from './dealings';
import type { Lane } from './lane';

/**
 * A day with one of everything, of which only its bill tells some: a refund in WeChat's console and
 * a payment, each without a notice; and money that we were told of, and WeChat does not have, once
 * alone and once beside a second payment that goes back. Half of all is for orders of shops' own.
 * Gives whom it was about.
 */
export async function aDay(lane: Lane): Promise<Customer[]> {
  const six = Array.from({ length: 6 }, (_, at) => customerOf(lane, at % 2 ? 'shop' : 'cart'));
  const [told, refunded, refundedThere, paidHere, paidTwice, unheard] = six as Six;
  await Promise.all(
    six.map(async (customer) => {
      await customer.buys();
      await customer.getsCode();
    }),
  );
  const paid = async (customer: Customer) => {
    await customer.pays();
    await customer.sees('SUCCESS');
  };
  const brought = async (customer: Customer) => {
    await customer.hasMoneyBrought();
    await customer.sees('SUCCESS');
  };
  await Promise.all([
    ...[told, refunded, refundedThere].map(paid),
    ...[paidHere, paidTwice].map(brought),
  ]);
  await refunded.isRefunded(10);
  await paidTwice.pays();
  await refunded.sees('REFUND');
  const restless = await lane.rest(numbersOf(six.filter((one) => one !== unheard)));
  if (restless.length > 0) throw new Error(`the day does not come to rest: ${restless}`);
  await lane.refundUnheard({ out_trade_no: refundedThere.out_trade_no, refund_fee: 700 });
  await unheard.losesNotices();
  await lane.whileDown([unheard.out_trade_no], () => unheard.pays());
  return six;
}

type Six = [Customer, Customer, Customer, Customer, Customer, Customer];
