import assert from 'node:assert/strict';
import test from 'node:test';
import type { Output } from '@saoma/contracts/define';
import { AppError } from '@saoma/contracts/errors';
import type { OrderInput, OrderOutput } from '@saoma/contracts/order';
import type { payService } from '@saoma/contracts/pay';
import { until } from '../../../../test/support/until';
import { aRequest, bearer, Scene } from '../spec-kit';

type Search = OrderOutput<'searchPayLog'>;
type Native = Output<typeof payService, 'createNative'>;

const payment = { out_trade_no: '1001', total_fee: 300 } as const;
const claimed: Search = { state: 'claimed', ...payment, attempt: '7', request: aRequest() };
const wait: Search = { state: 'wait', out_trade_no: '1001' };
const code_url = 'weixin://wxpay/bizpayurl?pr=one';
const code: Search = { state: 'code', ...payment, code_url };
const native = { code_url, total_fee: 300, out_trade_no: '1001' };

/** An order and a pay service with one payment; a test says what is found and what WeChat says. */
class Desk {
  found: Search = claimed;
  answer: () => Native | Promise<Native> = () => ({ outcome: 'success', code_url });
  keeps = true;
  readonly calls: string[] = [];
  readonly sent: object[] = [];
  readonly attempts: (string | undefined)[] = [];
  /** So many searches are done, but their answers are lost. */
  losses = 0;
  readonly ends: object[] = [];

  readonly order = {
    searchPayLog: ({ out_trade_no, attempt }: OrderInput<'searchPayLog'>) => {
      this.calls.push('search');
      this.attempts.push(attempt);
      if (this.losses > 0) {
        this.losses -= 1;
        throw new AppError('service/unavailable');
      }
      if (out_trade_no && out_trade_no !== '1001') throw new AppError('payment/not-found');
      const { found } = this;
      if (found.state === 'claimed') this.found = wait;
      return found;
    },
    keepCode: (end: { code_url: string | null }) => {
      this.calls.push('keep');
      this.ends.push(end);
      const kept = this.keeps && end.code_url !== null;
      if (kept) this.found = code;
      return { kept };
    },
  };

  readonly pay = {
    createNative: (request: object) => {
      this.calls.push('wechat');
      this.sent.push(request);
      return this.answer();
    },
  };

  start(t: test.TestContext): Promise<Scene> {
    return Scene.start(t, { order: this.order, pay: this.pay });
  }

  count(call: string): number {
    return this.calls.filter((name) => name === call).length;
  }
}

async function createNative(scene: Scene, query = '') {
  const path = `/pay/createNative.do${query}`;
  return scene.ask('GET', path, { headers: await bearer(), limitMs: 15_500 });
}

test('a code that lives is answered without asking anybody else', async (t) => {
  const desk = new Desk();
  desk.found = code;
  const scene = await desk.start(t);
  for (const query of ['', '?out_trade_no=1001']) {
    assert.deepEqual((await createNative(scene, query)).json(), native);
  }
  assert.deepEqual(desk.calls, ['search', 'search']);
});

test('a search whose answer was lost is repeated under the number of its claim', async (t) => {
  const desk = new Desk();
  desk.losses = 2;
  const scene = await desk.start(t);
  assert.deepEqual((await createNative(scene)).json(), native);
  assert.equal(desk.count('search'), 3);
  assert.match(desk.attempts[0] ?? '', /^[0-9]{1,20}$/);
  assert.equal(new Set(desk.attempts).size, 1);
});

test('each claim has a number of its own, which goes on while it waits for it', async (t) => {
  const desk = new Desk();
  desk.keeps = false;
  desk.found = wait;
  desk.answer = () => {
    if (desk.count('wechat') === 2) desk.keeps = true;
    return { outcome: 'success', code_url };
  };
  const scene = await desk.start(t);
  const answer = createNative(scene);
  for (const claims of [1, 2]) {
    await until('it to wait', () => desk.count('search') >= 2 * claims);
    desk.found = claimed;
    await until('it to ask WeChat', () => desk.count('wechat') === claims);
  }
  assert.deepEqual((await answer).json(), native);
  assert.equal(new Set(desk.attempts).size, 2);
});

test('without a code the claimed request is sent as it is, and its code is kept', async (t) => {
  const desk = new Desk();
  const scene = await desk.start(t);
  assert.deepEqual((await createNative(scene)).json(), native);
  assert.deepEqual(desk.calls, ['search', 'wechat', 'keep']);
  assert.deepEqual(desk.sent, [aRequest()]);
  assert.deepEqual(desk.ends, [{ out_trade_no: '1001', attempt: '7', code_url, no: null }]);
});

test('a code that the order service does not keep is not shown', async (t) => {
  const desk = new Desk();
  desk.keeps = false;
  desk.answer = () => {
    desk.found = { state: 'nothing' };
    return { outcome: 'success', code_url };
  };
  const scene = await desk.start(t);
  assert.equal((await createNative(scene)).text, '{}');
  assert.deepEqual(desk.calls, ['search', 'wechat', 'keep', 'search']);
});

test('fifty tabs of one payment make one call to WeChat and get one code', async (t) => {
  const desk = new Desk();
  const scene = await desk.start(t);
  let release = () => {};
  desk.answer = async () => {
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    return { outcome: 'success', code_url };
  };
  const tabs = Array.from({ length: 50 }, () => createNative(scene));
  await until('all have searched', () => desk.count('search') >= 50 && desk.count('wechat') === 1);
  release();
  const answers = await Promise.all(tabs);
  assert.ok(answers.every(({ status }) => status === 200));
  assert.deepEqual(new Set(answers.map(({ text }) => text)), new Set([JSON.stringify(native)]));
  assert.equal(desk.count('wechat'), 1);
  assert.equal(desk.count('search'), 50, 'all wait for the one errand, none searches again');
});

test('who does not get the claim waits for the code of who did', async (t) => {
  const desk = new Desk();
  desk.found = wait;
  const scene = await desk.start(t);
  const losers = [createNative(scene), createNative(scene)];
  await until('they wait', () => desk.count('search') > 2);
  desk.found = code;
  for (const answer of await Promise.all(losers)) assert.deepEqual(answer.json(), native);
  assert.equal(desk.count('wechat'), 0);
});

test('who waits takes over when the other has given up', async (t) => {
  const desk = new Desk();
  desk.found = wait;
  const scene = await desk.start(t);
  const loser = createNative(scene);
  await until('it waits', () => desk.count('search') > 0);
  desk.found = claimed;
  assert.deepEqual((await loser).json(), native);
  assert.equal(desk.count('wechat'), 1);
});

test('nothing to pay is an empty object', async (t) => {
  const desk = new Desk();
  const scene = await desk.start(t);
  desk.found = { state: 'nothing' };
  assert.equal((await createNative(scene)).text, '{}');
  assert.deepEqual(desk.calls, ['search']);
});

test("WeChat's definite no is told to the order service, which finds out why", async (t) => {
  const desk = new Desk();
  const no = { err_code: 'ORDERPAID', err_code_des: '该订单已支付' };
  desk.answer = () => ({ outcome: 'no', ...no });
  const scene = await desk.start(t);
  const asked = createNative(scene);
  await until('it is told', () => desk.ends.length === 1);
  desk.found = { state: 'nothing' };
  assert.equal((await asked).text, '{}');
  const end = { out_trade_no: '1001', attempt: '7', code_url: null, no };
  assert.deepEqual(desk.ends, [end]);
  assert.equal(desk.count('wechat'), 1);
});

test('with WeChat away the claim is given back and the page told to come again', async (t) => {
  const desk = new Desk();
  desk.answer = () => ({ outcome: 'unknown', reason: 'time-out' });
  const scene = await desk.start(t);
  const answer = await createNative(scene);
  assert.equal(answer.status, 503);
  assert.equal((answer.json() as { code: string }).code, 'wechat/unavailable');
  assert.ok(Number(answer.headers.get('retry-after')) > 0);
  const end = { out_trade_no: '1001', attempt: '7', code_url: null, no: null, why: 'time-out' };
  assert.deepEqual(desk.ends, [end]);
});

test('with the pay service away the claim is given back too', async (t) => {
  const desk = new Desk();
  desk.answer = (): never => {
    throw new AppError('service/unavailable');
  };
  const scene = await desk.start(t);
  assert.equal((await createNative(scene)).status, 503);
  assert.equal(desk.ends.length, 1);
  await scene.pay.stop();
  desk.found = claimed;
  assert.equal((await createNative(scene)).status, 503);
});

test('a foreign or unknown number is 404, a malformed one 400', async (t) => {
  const desk = new Desk();
  const scene = await desk.start(t);
  assert.equal((await createNative(scene, '?out_trade_no=9')).status, 404);
  for (const query of ['?out_trade_no=', '?out_trade_no=x', '?out_trade_no=1&out_trade_no=2']) {
    assert.equal((await createNative(scene, query)).status, 400, query);
  }
  assert.equal((await createNative(scene, '?money=1')).status, 400);
});

test('a winner who never comes back does not keep a page for longer than 15 s', async (t) => {
  const desk = new Desk();
  desk.found = wait;
  const scene = await desk.start(t);
  assert.equal((await createNative(scene)).status, 503);
});
