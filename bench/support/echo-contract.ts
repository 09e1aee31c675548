import { Cart } from '@saoma/contracts/cart';
import { service } from '@saoma/contracts/define';

/** A service that says back what it hears, for the price of one call. */
export const echoService = service('echo', {
  echo: {
    summary: 'Answers with what it was sent.',
    input: Cart,
    output: Cart,
    limitMsMax: 5_000,
  },
});

/** What travels: a cart of eight lines, as the storefront's calls have it; about 1 KiB. */
export const payload = {
  lines: Array.from({ length: 8 }, (_, index) => ({
    item_id: String(1001 + index),
    seller_id: 'chaye',
    title: '龙井茶 250 g · Longjing tea',
    price: 5990,
    num: 2,
    total_fee: 11_980,
  })),
  total_fee: 95_840,
};
