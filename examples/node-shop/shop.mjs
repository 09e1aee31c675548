// examples/node-shop/shop.mjs: opens a payment, hears of it, sees it paid, and gives it back.
import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { createClient } from 'saoma-client';
import { verify } from 'saoma-client/webhooks';

const { SAOMA_URL: url = 'http://127.0.0.1:3000', SHOP_PORT = '4000', ...env } = process.env;
const { payments } = createClient({ url, token: env.SAOMA_TOKEN });
const { refunds } = createClient({ url, token: env.SAOMA_OPERATOR_TOKEN });
const seen = new Set(); // messages may come again: in your shop, a table with a unique key

const messages = createServer(async (request, response) => {
  let status = 401; // until it is known to be Saoma's
  try {
    const body = Buffer.concat(await request.toArray());
    const { type, data } = verify(body, request.headers, env.SHOP_WEBHOOK_SECRET);
    status = 500; // until all is done: what is not done by then is sent again
    if (!seen.has(request.headers['webhook-id'])) {
      console.log('message:', type, data.out_trade_no);
      const isOurs = data.merchant_order_no === order.merchant_order_no;
      if (type === 'payment.refunded' && isOurs) messages.close();
      seen.add(request.headers['webhook-id']);
    }
    status = 204;
  } catch (error) {
    console.error('not taken:', error.message);
  }
  response.writeHead(status, { connection: 'close' }).end();
}).listen(Number(SHOP_PORT), '127.0.0.1');

const order = { merchant_order_no: `A-${Date.now()}`, total_fee: 1200, body: '两张电影票' };
const { out_trade_no, pay_url } = await payments.open(order);
console.log('pay here:', pay_url);

const { trade_state, total_fee } = await payments.wait(out_trade_no);
console.log('payment:', trade_state);
if (trade_state !== 'SUCCESS') process.exit(1);

const refund = { refund_fee: total_fee, reason: '电影取消' };
const { out_refund_no } = await refunds.create(out_trade_no, refund, `back-${out_trade_no}`);
console.log('refund:', out_refund_no);

// The message of it closes the server. A refund that fails sends none: its status says so.
for (let looks = 150; messages.listening; looks -= 1) {
  const all = await refunds.list(out_trade_no);
  const { status } = all.find((one) => one.out_refund_no === out_refund_no);
  if (looks === 0 || ['REFUNDCLOSE', 'CHANGE'].includes(status)) {
    console.error(`the money is not back (${status}): the operator's console says why`);
    process.exit(1);
  }
  await pause(2_000);
}
