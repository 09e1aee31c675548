import assert from 'node:assert/strict';
import test from 'node:test';
import { queryObjects } from 'node:v8';
import { AppError } from '@saoma/contracts/errors';
import type { TradeState } from '@saoma/contracts/payments';
import { Subject } from 'rxjs';
import { EventReader, type ServerEvent } from '../../../../test/support/events';
import { until } from '../../../../test/support/until';
import { aPayment, bearer, Scene } from '../spec-kit';
import { Waiter } from './waiter';

type Ring = { kind: 'settled'; out_trade_no: string };

function book() {
  const bell = new Subject<Ring>();
  const payment = aPayment();
  const handlers = {
    watchSettled: () => bell,
    getPayment: ({ user_id, operator }: { user_id: string | null; operator: boolean }) => {
      if (user_id !== 'anna' && !operator) throw new AppError('payment/not-found');
      return { ...payment };
    },
    lookPayments: () =>
      payment.trade_state !== 'NOTPAY' || payment.closing || payment.held ? [{ ...payment }] : [],
  };
  const settle = (trade_state: TradeState) => {
    payment.trade_state = trade_state;
    bell.next({ kind: 'settled', out_trade_no: '1001' });
  };
  return { handlers, settle, payment };
}

const path = '/api/payments/1001/events';
/** What an EventSource would hand to a page. */
const payments = (events: ServerEvent[]) =>
  events.flatMap(({ event, id, data }) =>
    event === 'payment' ? [{ id, payment: JSON.parse(data ?? '') }] : [],
  );

test('the payment comes at once and when it changes; then the stream ends for good', async (t) => {
  const { handlers, settle } = book();
  const scene = await Scene.start(t, { order: handlers });
  const reader = await EventReader.open(scene.url + path, await bearer());
  assert.equal(reader.response.status, 200);
  assert.match(reader.response.headers.get('content-type') ?? '', /^text\/event-stream/);
  assert.equal(reader.response.headers.get('cache-control'), 'no-store');
  const events: ServerEvent[] = [];
  for await (const event of reader) {
    events.push(event);
    if (event.event === 'payment' && payments(events).length === 1) settle('SUCCESS');
  }
  const [first, last, ...more] = payments(events);
  assert.deepEqual(first?.payment, aPayment());
  assert.deepEqual(last?.payment, aPayment({ trade_state: 'SUCCESS' }));
  assert.deepEqual(more, []);
  assert.ok(last?.id);
  const again = { ...(await bearer()), 'last-event-id': last.id };
  assert.equal((await scene.ask('GET', path, { headers: again })).status, 204);
  const stale = { ...(await bearer()), 'last-event-id': first?.id ?? '' };
  const missed = await scene.ask('GET', path, { headers: stale });
  assert.match(missed.text, /"trade_state":"SUCCESS"/);
});

for (const [what, fact] of [
  ['it is going to be closed', 'closing'],
  ['WeChat has money for it that does not fit', 'held'],
] as const) {
  test(`that ${what} is a change, told once by the net`, async (t) => {
    const { handlers, settle, payment } = book();
    const scene = await Scene.start(t, { order: handlers });
    const reader = await EventReader.open(scene.url + path, await bearer());
    const events: ServerEvent[] = [];
    for await (const event of reader) {
      events.push(event);
      const told = payments(events).length;
      if (event.event === 'payment' && told === 1) payment[fact] = true;
      // A comment comes after at least one more round of the net.
      if (event.comment && told === 2) {
        payment[fact] = false;
        settle('CLOSED');
      }
    }
    assert.deepEqual(
      payments(events).map(({ payment }) => [payment.trade_state, payment[fact]]),
      [
        ['NOTPAY', false],
        ['NOTPAY', true],
        ['CLOSED', false],
      ],
    );
  });
}

test('a stream is for the owner and for operators, and nobody else', async (t) => {
  const { handlers, settle } = book();
  const scene = await Scene.start(t, { order: handlers });
  settle('CLOSED');
  const status = async (claims: Record<string, unknown>) =>
    (await scene.ask('GET', path, { headers: await bearer(claims) })).status;
  assert.equal(await status({}), 200);
  assert.equal(await status({ sub: 'berta' }), 404);
  assert.equal(await status({ sub: 'berta', roles: ['operator'] }), 200);
  assert.equal(await status({ sub: 'berta', roles: 'operator' }), 404);
  assert.equal((await scene.ask('GET', path)).status, 401);
});

test('a silent stream carries a comment at least every 15 s', async (t) => {
  const { handlers } = book();
  const scene = await Scene.start(t, { order: handlers });
  const reader = await EventReader.open(scene.url + path, await bearer());
  t.after(() => reader.stop());
  t.signal.throwIfAborted();
  const deadline = AbortSignal.timeout(15_000);
  deadline.addEventListener('abort', () => reader.stop());
  for await (const event of reader) if (event.comment) return;
  assert.fail('no comment came');
});

test('of who leaves while the first look is under way nothing is kept', async (t) => {
  const { handlers } = book();
  let end: (() => void) | undefined;
  const slow = async (asked: Parameters<typeof handlers.getPayment>[0]) => {
    if (!end) {
      await new Promise<void>((resolve) => {
        end = resolve;
      });
    }
    return handlers.getPayment(asked);
  };
  const before = queryObjects(Waiter);
  const env = { WAITING_PER_USER_MAX: '1' };
  const scene = await Scene.start(t, { order: { ...handlers, getPayment: slow } }, env);
  const [headers, leaving] = [await bearer(), new AbortController()];
  const gone = fetch(scene.url + path, { headers, signal: leaving.signal });
  await until('the look is under way', () => end !== undefined);
  leaving.abort();
  await assert.rejects(gone);
  const head = () => scene.ask('HEAD', path, { headers });
  await until('its place is free', async () => (await head()).status === 200);
  end?.();
  await until('it is forgotten', () => queryObjects(Waiter) <= before);
});

test('at shutdown the stream says goodbye and ends', async (t) => {
  const { handlers } = book();
  const scene = await Scene.start(t, { order: handlers });
  const reader = await EventReader.open(scene.url + path, await bearer());
  const events: ServerEvent[] = [];
  for await (const event of reader) {
    events.push(event);
    if (payments(events).length === 1) void scene.gateway.close();
  }
  assert.equal(events.at(-1)?.comment, 'goodbye');
  assert.equal(payments(events).length, 1);
});
