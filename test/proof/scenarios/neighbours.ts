import { ask } from '../../support/http';
import { until } from '../../support/until';
import { Customer } from '../lane/customer';
import { numbersOf } from '../lane/dealings';
import type { Lane } from '../lane/lane';
import { type Trouble, troubles } from '../troubles';
import { aCustomer, type Scenario } from './kit';

/** Money moves again, and the service is ready, so soon after the neighbour is well. */
const healedMsMax = 5_000;
/** The same line is said once in this time. */
const quietMs = 60_000;
const reasonMsMax = 10_000;

/** What a line of a service's log says. */
interface Line {
  readonly time: number;
  readonly context: string;
  readonly msg: string;
}

/** Waits until readiness answers with this status, and with this reason. */
function isReady(lane: Lane, isWanted: (status: number, text: string) => boolean, limitMs: number) {
  let last = '';
  return until(
    'readiness to say so',
    async () => {
      const { status, text } = await ask('GET', `${lane.system.url()}/health/ready`);
      last = `${status} ${text}`;
      return isWanted(status, text);
    },
    limitMs,
  ).catch(() => {
    throw new Error(`readiness says ${last}`);
  });
}

const isWell = (lane: Lane, limitMs: number) => isReady(lane, (status) => status === 200, limitMs);

function logOf(lane: Lane, app: string): readonly string[] {
  if (app === 'order-service') return lane.order.process.log;
  return lane.system.services.find((service) => service.app === app)?.log ?? [];
}

const linesOf = (lane: Lane, { log }: Trouble) =>
  log ? logOf(lane, log.app).filter((line) => log.line.test(line)) : [];

const services = ['cart-gateway', 'order-service', 'pay-service'];

/** How many lines each service has said so far. */
const saidSoFar = (lane: Lane) => services.map((app) => logOf(lane, app).length);

/** Lines that a service has said since then more often than once a minute. */
function repetitionsIn(lane: Lane, since: readonly number[]): string[] {
  return services.flatMap((app, index) => {
    const saidMs = new Map<string, number>();
    return logOf(lane, app)
      .slice(since[index])
      .flatMap((line) => {
        const { time, context, msg } = JSON.parse(line) as Line;
        const what = `${context}: ${msg}`;
        const before = saidMs.get(what) ?? 0;
        saidMs.set(what, time);
        return Math.abs(time - before) < quietMs ? [`${app} says again: ${what}`] : [];
      });
  });
}

/** Nothing but a payment that is settled by itself: no time passes faster for it. */
async function isPaid(lane: Lane, { out_trade_no }: Customer): Promise<boolean> {
  return (await lane.operator.payment(out_trade_no)).trade_state === 'SUCCESS';
}

async function plays(lane: Lane, trouble: Trouble): Promise<string[]> {
  await isWell(lane, healedMsMax);
  const since = saidSoFar(lane);
  const waiting = [await aCustomer(lane)];
  const said = linesOf(lane, trouble).length;
  const heal = await trouble.befall(lane.system);
  const { ready, log } = trouble;
  if (ready) await isReady(lane, (code, text) => code === 503 && ready.test(text), reasonMsMax);
  else if (log) await until('the log to say so', () => linesOf(lane, trouble).length > said);
  if (trouble.moves) waiting.push(await aCustomer(lane));
  await Promise.all(waiting.map((customer) => customer.pays()));
  const unsafe = await lane.unsafe();
  // Somebody who comes in the middle of it and does not give up.
  const stubborn = new Customer(lane);
  const served = stubborn.buys().then(() => stubborn.getsCode());
  // A failure is told when it is waited for, below.
  served.catch(() => undefined);
  await heal();
  const healedMs = performance.now();
  for (const customer of waiting) {
    await until('the payment to be settled', () => isPaid(lane, customer), healedMsMax);
  }
  const next = await aCustomer(lane);
  await next.pays();
  await until('the next one to be settled', () => isPaid(lane, next), healedMsMax);
  await isWell(lane, healedMsMax);
  const tookMs = Math.round(performance.now() - healedMs);
  await served;
  const isSaid = !log || linesOf(lane, trouble).length > 0;
  return [
    ...unsafe,
    ...(tookMs > healedMsMax ? [`it took ${tookMs} ms to heal`] : []),
    ...(isSaid ? [] : [`the log of ${log.app} never says why`]),
    ...repetitionsIn(lane, since),
    ...(await lane.rest(numbersOf([...waiting, next, stubborn]))),
  ];
}

export const scenariosOfNeighbours: Readonly<Record<string, Scenario>> = Object.fromEntries(
  Object.entries(troubles).map(([name, trouble]): [string, Scenario] => [
    name,
    { play: (lane) => plays(lane, trouble) },
  ]),
);
