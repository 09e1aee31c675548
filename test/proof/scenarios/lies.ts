import { randomBytes } from 'node:crypto';
import { ask, expected } from '../../support/http';
import { paymentNotice } from '../../support/notice';
import { merchant } from '../../support/system';
import { until } from '../../support/until';
import type { Lane } from '../lane/lane';
import { aCustomer, moneyRows, type Scenario } from './kit';
import { isTold } from './late-money';
import { rawCall } from './rpc-frame';

/** A reply that never comes ends for the client long before this. */
const replyMsMax = 15_000;

/** Notices that are not WeChat's: each gets FAIL, and no row about money changes. */
async function refused(lane: Lane, bodies: Readonly<Record<string, string>>): Promise<string[]> {
  const before = moneyRows(await lane.look());
  const broken: string[] = [];
  const url = `${lane.system.url()}/pay/notify`;
  for (const [how, body] of Object.entries(bodies)) {
    const { text } = await ask('POST', url, { body });
    if (!text.includes('FAIL')) broken.push(`INV-22: ${how}: answered with ${text}`);
    const local = await ask('POST', url.replace('127.0.0.1', 'localhost'), { body });
    if (local.text !== text)
      broken.push(`INV-22: from this very host: answered with ${local.text}`);
  }
  if (moneyRows(await lane.look()) !== before) broken.push('INV-22: a forged notice moved money');
  return [...broken, ...(await lane.unsafe())];
}

export const scenariosOfLies: Readonly<Record<string, Scenario>> = {
  'money for nobody': {
    async play(lane) {
      const transaction_id = `4200${'7'.repeat(24)}`;
      await lane.bringMoney({ out_trade_no: '99999999999', total_fee: 5, transaction_id });
      return lane.rest([]);
    },
  },
  'paid too much, then right': {
    async play(lane) {
      const customer = await aCustomer(lane);
      await customer.hasMoneyBrought(customer.total_fee + 1);
      await customer.pays();
      await customer.sees('SUCCESS');
      return lane.rest([customer.out_trade_no]);
    },
  },
  'forged notices': {
    async play(lane) {
      const { out_trade_no, total_fee } = await aCustomer(lane);
      const body = paymentNotice(merchant, { out_trade_no, total_fee });
      const stranger = { ...merchant, WECHAT_KEY: randomBytes(16).toString('hex') };
      return refused(lane, {
        'without a signature': body.replace(/<sign>.*<\/sign>/, ''),
        'with an empty signature': body.replace(/<sign>.*<\/sign>/, '<sign></sign>'),
        'signed by a stranger': paymentNotice(stranger, { out_trade_no, total_fee }),
        'of another appid': paymentNotice(merchant, {
          ...{ out_trade_no, total_fee },
          appid: 'wxffffffffffffffff',
        }),
      });
    },
  },
  'notices with the weaker signature': {
    env: { 'pay-service': { WECHAT_SIGN_TYPE: 'HMAC-SHA256' } },
    async play(lane) {
      const { out_trade_no, total_fee } = await aCustomer(lane);
      const fields = { out_trade_no, total_fee };
      return refused(lane, {
        'signed with MD5': paymentNotice(merchant, fields),
        'which says MD5': paymentNotice(merchant, { ...fields, sign_type: 'MD5' }),
        'which says HMAC': paymentNotice(merchant, { ...fields, sign_type: 'HMAC-SHA256' }),
      });
    },
  },
  'no word from WeChat': {
    async play(lane) {
      const customer = await aCustomer(lane);
      const { out_trade_no } = customer;
      for (const call of ['orderquery', 'closeorder']) {
        const match = { call, out_trade_no };
        await lane.system.sandbox.fault({ kind: 'http_error', phase: 'before', times: 999, match });
      }
      await customer.closes();
      const unsafe = await lane.unsafe();
      await lane.system.sandbox.forgetFaults();
      return unsafe.length > 0 ? unsafe : lane.rest([out_trade_no]);
    },
  },
  'refunded at WeChat before we heard of the payment': {
    alone: true,
    async play(lane) {
      const customer = await aCustomer(lane);
      const { out_trade_no } = customer;
      await customer.losesNotices();
      // While nobody of ours is there to hear of it.
      await lane.order.process.end('SIGKILL');
      await customer.pays();
      await refundByHand(lane, out_trade_no);
      await lane.order.startNext();
      await lane.passTime([out_trade_no]);
      await customer.sees('SUCCESS');
      await isTold(lane, customer, 'refund-elsewhere 0');
      return [];
    },
  },
  'Redis says that it is paid': {
    async play(lane) {
      const customer = await aCustomer(lane);
      const { out_trade_no, user_id } = customer;
      const poison = JSON.stringify({ out_trade_no, user_id, total_fee: 1, trade_state: '1' });
      await lane.system.redis?.use((client) => client.hset('payLog', user_id, poison));
      await customer.pays();
      await until('the notice', async () => {
        const { notices } = await lane.system.sandbox.trade(out_trade_no);
        return notices.length > 0;
      });
      const unsafe = await lane.unsafe();
      return unsafe.length > 0 ? unsafe : lane.rest([out_trade_no]);
    },
  },
  'a number that is no text, over RPC': {
    async play(lane) {
      const customer = await aCustomer(lane);
      const { port } = new URL(lane.system.order.env.ORDER_RPC_LISTEN ?? '');
      const before = moneyRows(await lane.look());
      const viewer = { user_id: 'nobody', operator: true };
      const broken: string[] = [];
      for (const method of ['getPayment', 'closePayment', 'searchPayLog']) {
        const code = await rawCall(Number(port), `order.${method}`, { ...viewer, out_trade_no: 0 });
        if (code !== 'request/invalid') broken.push(`INV-22: order.${method} of 0: ${code}`);
      }
      if (moneyRows(await lane.look()) !== before) broken.push('INV-22: the number 0 moved rows');
      await customer.closes();
      return [...broken, ...(await lane.rest([customer.out_trade_no]))];
    },
  },
  'a reply that never comes': {
    async play(lane) {
      const customer = await aCustomer(lane);
      const link = lane.system.link('gateway>order');
      link.blackHole();
      const path = `/api/payments/${customer.out_trade_no}`;
      const { status } = await lane.operator.ask('GET', path, { limitMs: replyMsMax });
      link.heal();
      link.reset();
      if (status !== 503) return [`a call without a reply was answered with ${status}`];
      await customer.closes();
      return lane.rest([customer.out_trade_no]);
    },
  },
};

/** Somebody gives money back in WeChat's console, in no dialect at all; nobody is told of it. */
async function refundByHand(lane: Lane, out_trade_no: string): Promise<void> {
  const body = { out_trade_no, refund_fee: 10 };
  expected(201, await ask('POST', `${lane.system.sandbox.url}/_sandbox/refunds`, { body }));
}
