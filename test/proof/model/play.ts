import { z } from 'zod';
import { aReceiver, rice, tea } from '../../support/shopper';
import type { Step } from './steps';
import { type Known, newKey, type World } from './world';

type Doing<D extends Step['do']> = Extract<Step, { do: D }>;
type Players = { [D in Step['do']]: (world: World, step: Doing<D>) => Promise<unknown> };

const Native = z.looseObject({ code_url: z.string().optional(), total_fee: z.int().optional() });
const Status = z.strictObject({ success: z.boolean(), message: z.string() });

/** Plays one step to its end. */
export function play(world: World, step: Step): Promise<unknown> {
  const player = players[step.do] as (world: World, step: Step) => Promise<unknown>;
  return player(world, step);
}

const players: Players = {
  nothing: async () => undefined,

  'put item': (world, { item, num }) =>
    world.ask(world.shopper, `PUT /api/cart/items/${item === 0 ? tea : rice}`, { body: { num } }),

  order: async (world, { key }) => {
    if (key !== 'old') await fillCart(world);
    const old = world.orderKeys.at(-1);
    if (key === 'old') return old === undefined ? undefined : order(world, old);
    if (key === 'none') return order(world);
    if (key === 'twice') return orderTwice(world);
    const fresh = newKey();
    world.orderKeys.push(fresh);
    const tries = key === 'new' ? 1 : 2;
    return Promise.all(Array.from({ length: tries }, () => order(world, fresh)));
  },

  open: async (world, { number, content, times }) => {
    if (number === 'new') world.numbers.renew();
    const isAlone = times === 1 && !world.isRacing;
    const all = Array.from({ length: times }, () => world.numbers.open(content, isAlone));
    await Promise.all(all);
  },

  'ask code': async (world, { which }) => {
    const payment = await pick(world, which);
    if (payment) await askCode(world, payment);
  },

  pay: async (world, { which }) => {
    const payment = await pick(world, which);
    const code_url = payment && (await askCode(world, payment));
    if (code_url) await world.lane.system.sandbox.tryToPay(code_url);
  },

  notice: async (world, { which, spoil }) => {
    const payment = await pick(world, which);
    if (!payment) return;
    const { out_trade_no, total_fee } = payment;
    // WeChat tells only of money that it has.
    if (!(await world.hasMoneyThere(out_trade_no))) return;
    await world.lane.system.sandbox.notify(out_trade_no, spoilt(spoil, total_fee));
  },

  'other money': async (world, { which, more }) => {
    const payment = await pick(world, which);
    // WeChat takes no money for what it was never asked about.
    if (!payment || !(await askCode(world, payment))) return;
    await world.bringMoney(payment.out_trade_no, payment.total_fee + more);
  },

  poll: async (world, { which }) => {
    const payment = await pick(world, which);
    if (!payment) return;
    const { out_trade_no, payer } = payment;
    const path = `GET /pay/queryPayStatus?out_trade_no=${out_trade_no}`;
    const status = await world.ask(payer, path);
    const isPaid = status?.status === 200 && Status.parse(status.json()).success;
    if (isPaid) await world.hear(out_trade_no, 'SUCCESS');
    await world.hearPayment(await world.ask(payer, `GET /api/payments/${out_trade_no}`));
  },

  close: async (world, { which, by }) => {
    const payment = await pick(world, which);
    if (!payment) return;
    const { out_trade_no, opener } = payment;
    const who = by === 'payer' ? opener : world.lane.operator;
    const answer = await world.ask(who, `POST /api/payments/${out_trade_no}/close`);
    if (answer?.status === 409) await world.hear(out_trade_no, 'SUCCESS');
    else await world.hearPayment(answer);
  },

  refund: async (world, { which, thirds, key, order: named }) => {
    const payment = await pick(world, which);
    if (!payment) return;
    const old = key === 'old' ? payment.refundKeys.at(-1) : undefined;
    const refund_fee = Math.ceil((payment.total_fee * thirds) / 3);
    const order_id =
      named === 'none' ? undefined : payment.order_ids.at(named === 'first' ? 0 : -1);
    const command = old ?? { key: newKey(), refund_fee, order_id };
    if (!old) payment.refundKeys.push(command);
    const answer = await world.ask(
      world.lane.operator,
      `POST /api/payments/${payment.out_trade_no}/refunds`,
      {
        body: { refund_fee: command.refund_fee, order_id: command.order_id, reason: '质量问题' },
        headers: { 'idempotency-key': command.key },
      },
    );
    if (answer) world.keyed(command.key, answer);
  },

  'turn clock': (world, { seconds }) => world.turnClock(seconds * 1_000),

  'grow old': async (world, { which }) => {
    const payment = await pick(world, which);
    if (payment) await world.growOld(payment.out_trade_no);
  },

  lie: async (world, { which }) => {
    const payment = await pick(world, which);
    if (!payment) return;
    const { out_trade_no } = payment;
    world.liedAbout.add(out_trade_no);
    await world.lane.system.sandbox.fault({
      match: { call: 'closeorder', out_trade_no },
      phase: 'before',
      kind: 'err_code',
      err_code: 'ORDERCLOSED',
    });
  },

  fault: (world, { call, kind, phase }) => {
    const { sandbox } = world.lane.system;
    if (kind === 'refund_ending') {
      return sandbox.fault({ match: { call: 'refund' }, kind, ending: 'REFUNDCLOSE' });
    }
    const hasPhase = ['reset', 'http_error', 'html', 'system_error', 'pay', 'black_hole'];
    return sandbox.fault({ match: { call }, kind, ...(hasPhase.includes(kind) && { phase }) });
  },

  'notice fault': (world, { kind }) =>
    world.lane.system.sandbox.fault({
      match: { notice: 'pay' },
      kind,
      ...(kind === 'delay' && { delay_ms: 15_000 }),
      ...(kind === 'drop' && { times: 3 }),
    }),

  flush: (world) => world.lane.system.redis?.flush() ?? Promise.resolve(),

  kill: async ({ lane }, { victim }) => {
    if (victim === 'database') return lane.killDatabase();
    if (victim === 'pay') return lane.system.pay.killAndRestart();
    await lane.order.process.end('SIGKILL');
    return lane.order.startNext();
  },

  'change over': ({ lane }) => lane.speaks(lane.system.way === 'v2' ? 'v3 public-key' : 'v2'),

  race: async (world, { both }) => {
    world.isRacing = true;
    try {
      await Promise.all(both.map((step) => play(world, step)));
    } finally {
      world.isRacing = false;
    }
  },
};

/** The newest payment, or one before it; whoever has none orders first. */
async function pick(world: World, which: number): Promise<Known | undefined> {
  if (world.payments.length === 0) {
    await fillCart(world);
    await order(world);
  }
  const { payments } = world;
  return payments.at(-1 - (which % Math.max(1, payments.length)));
}

const fillCart = (world: World) =>
  world.ask(world.shopper, `PUT /api/cart/items/${tea}`, { body: { num: 1 } });

async function order(world: World, key?: string) {
  const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key };
  const body = { payment_type: '1', receiver: aReceiver };
  const answer = await world.ask(world.shopper, 'POST /api/orders', { body, headers });
  if (answer && key !== undefined) world.keyed(key, answer);
  world.ordered(answer);
  return answer;
}

/** Two clicks on one cart make one order. */
async function orderTwice(world: World): Promise<void> {
  const answers = await Promise.all([order(world), order(world)]);
  const made = new Set(answers.filter((a) => a?.status === 201).map((a) => a?.text));
  if (made.size > 1 && !world.isRacing)
    world.broken.push(`one cart was ordered twice: ${[...made]}`);
}

async function askCode(world: World, payment: Known): Promise<string | undefined> {
  const { out_trade_no, total_fee, payer } = payment;
  const path = `GET /pay/createNative?out_trade_no=${out_trade_no}`;
  const answer = await world.ask(payer, path);
  if (answer?.status !== 200) return undefined;
  const native = Native.parse(answer.json());
  if (native.code_url && native.total_fee !== total_fee) {
    world.broken.push(`a code over another amount: ${answer.text}`);
  }
  return native.code_url;
}

function spoilt(spoil: Doing<'notice'>['spoil'], total_fee: number) {
  if (spoil === 'none') return undefined;
  if (spoil === 'forged' || spoil === 'other_merchant') return { kind: spoil };
  const signed = spoil !== 'unsigned';
  return { kind: 'altered_amount', total_fee: total_fee + (spoil === 'less' ? -1 : 1), signed };
}
