import { until } from '../../support/until';
import type { Way } from '../../support/wechat';
import { Customer } from '../lane/customer';
import { numbersOf, stories } from '../lane/dealings';
import type { Lane } from '../lane/lane';
import { ofThese, type Scenario, watched } from './kit';

/** There and back by every way of v3. */
const route: readonly Way[] = [
  ...(['v3 public-key', 'v2', 'v3 both', 'v2', 'v3 certificate'] as const),
  ...(['v3 both', 'v3 public-key', 'v3 both', 'v2'] as const),
];
const customersAtOnce = 6;
/** So many have lived their story between two change-overs; the next begins amid others. */
const livesEach = 15;
const stageMsMax = 60_000;
/** All of them take longer to come to rest than two. */
const restMsMax = 60_000;

/** What customers do all the time: open, pay, close, and have their money back. */
const lives = [
  stories['paid, told by a notice'],
  stories['refunded in parts'],
  stories['closed by the payer'],
  stories['paid, every notice lost'],
  stories['refunded in WeChat’s console'],
  stories['closed while the payer pays'],
];

/** Customers of a lane who come as long as the shop changes over, and go on until served. */
class Crowd {
  readonly customers: Customer[] = [];
  private served = 0;
  private isOver = false;

  constructor(private readonly lane: Lane) {}

  async live(): Promise<void> {
    const places = Array.from({ length: customersAtOnce }, () => this.liveOn());
    await Promise.all([...places, this.changeOver()]);
  }

  /** In one place, one after the other. */
  private async liveOn(): Promise<void> {
    while (!this.isOver) {
      const customer = new Customer(this.lane);
      const story = lives[this.customers.push(customer) % lives.length];
      await story?.(customer);
      this.served += 1;
    }
  }

  private async changeOver(): Promise<void> {
    try {
      for (const way of route) {
        await this.stage();
        await this.lane.speaks(way);
      }
      await this.stage();
    } finally {
      this.isOver = true;
    }
  }

  private async stage(): Promise<void> {
    const before = this.served;
    const isEnough = () => this.served >= before + livesEach;
    await until('customers to be served', isEnough, stageMsMax);
  }
}

/** What the change-overs have missed; then nothing is proved. */
async function missed(lane: Lane, customers: readonly Customer[]): Promise<string[]> {
  const dialect = (request: string) => `JSON_VALUE(${request}, '$.dialect')`;
  const rows = await lane.system.rows(
    `SELECT ${dialect('native_request')} AS opened, ${dialect('refund_request')} AS refunded
      FROM tb_paylog LEFT JOIN tb_refund USING (out_trade_no) WHERE ${ofThese(customers)}`,
  );
  const both = ['v2', 'v3'];
  const unopened = both.filter((name) => !rows.some(({ opened }) => opened === name));
  const unmixed = both.filter(
    (name) => !rows.some(({ opened, refunded }) => refunded === name && opened !== name),
  );
  return [
    ...unopened.map((name) => `nothing was opened in ${name}`),
    ...unmixed.map((name) => `nothing of the other dialect was refunded in ${name}`),
  ];
}

/** The shop changes over and back while its customers open, pay, close and refund. */
export const scenariosOfChangeOvers: Readonly<Record<string, Scenario>> = {
  'changing over there and back, under load': {
    way: 'v2',
    async play(lane) {
      const crowd = new Crowd(lane);
      const living = crowd.live();
      const unsafe = await watched(lane, living);
      await living;
      const { customers } = crowd;
      const restless = await lane.rest(numbersOf(customers), restMsMax);
      return [...unsafe, ...restless, ...(await missed(lane, customers))];
    },
  },
};
