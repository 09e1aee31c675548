import type { Item } from '@saoma/contracts/cart';

const item = (item_id: string, rest: Omit<Item, 'item_id' | 'image'>, picture: string): Item => ({
  item_id,
  ...rest,
  image: `/img/${picture}.svg`,
});

/** The demo shop: three sellers. Two of the prices make 68.10, which binary floats miss. */
export const demoItems: readonly Item[] = [
  item('1001', { seller_id: 'chaye', title: '龙井茶 250 g · Longjing tea', price: 5990 }, 'tea'),
  item('1002', { seller_id: 'chaye', title: '白瓷茶杯 · White tea cup', price: 2850 }, 'cup'),
  item('2001', { seller_id: 'liangpu', title: '东北大米 1 kg · Rice', price: 820 }, 'rice'),
  item('2002', { seller_id: 'liangpu', title: '帆布袋 · Canvas bag', price: 1900 }, 'bag'),
  item('3001', { seller_id: 'wenju', title: '笔记本 · Notebook', price: 1280 }, 'notebook'),
  item('3002', { seller_id: 'wenju', title: '台灯 · Desk lamp', price: 12900 }, 'lamp'),
];
