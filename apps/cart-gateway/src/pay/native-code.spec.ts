import assert from 'node:assert/strict';
import test from 'node:test';
import type { Output } from '@saoma/contracts/define';
import { AppError } from '@saoma/contracts/errors';
import type { orderService } from '@saoma/contracts/order';
import type { payService } from '@saoma/contracts/pay';
import { until } from '../../../../test/support/until';
import { aRequest, bearer, Scene } from '../spec-kit';

type Search = Output<typeof orderService, 'searchPayLog'>;
type Claim = Output<typeof orderService, 'claimCode'>;
type Native = Output<typeof payService, 'createNative'>;

const unasked = {
  state: 'no-code',
  ...{ out_trade_no: '1001', total_fee: 300, expire_time: null },
  create_time: '2026-11-25T08:00:00.000Z',
} as const;
const code_url = 'weixin://wxpay/bizpayurl?pr=one';
const code: Search = { state: 'code', out_trade_no: '1001', total_fee: 300, code_url };
const native = { code_url, total_fee: 300, out_trade_no: '1001' };

/** An order and a pay service with one payment; a test says what claiming and WeChat answer. */
class Desk {
  found: Search = unasked;
  claim: Claim = { state: 'claimed', attempt: '7', request: aRequest() };
  answer: () => Native | Promise<Native> = () => ({ outcome: 'success', code_url });
  readonly calls: string[] = [];
  readonly kept: object[] = [];

  readonly order = {
    searchPayLog: ({ out_trade_no }: { out_trade_no: string | null }) => {
      this.calls.push('search');
      if (out_trade_no && out_trade_no !== '1001') throw new AppError('payment/not-found');
      return this.found;
    },
    claimCode: () => {
      this.calls.push('claim');
      return this.claim;
    },
    keepCode: (end: { code_url: string | null }) => {
      this.calls.push('keep');
      this.kept.push(end);
      if (end.code_url) this.found = code;
      return { kept: true };
    },
  };

  readonly pay = {
    prepareNative: () => aRequest(),
    createNative: () => {
      this.calls.push('wechat');
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

test('without a code the claim is taken, WeChat asked once, and the code kept', async (t) => {
  const desk = new Desk();
  const scene = await desk.start(t);
  assert.deepEqual((await createNative(scene)).json(), native);
  assert.deepEqual(desk.calls, ['search', 'claim', 'wechat', 'keep', 'search']);
  assert.deepEqual(desk.kept, [{ out_trade_no: '1001', attempt: '7', code_url, err_code: null }]);
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
  await until('all tabs have asked', () => desk.count('search') === 50);
  release();
  const answers = await Promise.all(tabs);
  assert.ok(answers.every(({ status }) => status === 200));
  assert.deepEqual(new Set(answers.map(({ text }) => text)), new Set([JSON.stringify(native)]));
  assert.equal(desk.count('wechat'), 1);
});

test("who loses the claim waits for the winner's code", async (t) => {
  const desk = new Desk();
  desk.claim = { state: 'wait' };
  const scene = await desk.start(t);
  const losers = [createNative(scene), createNative(scene)];
  await until('they wait', () => desk.count('claim') > 1);
  desk.found = code;
  for (const answer of await Promise.all(losers)) assert.deepEqual(answer.json(), native);
  assert.equal(desk.count('wechat'), 0);
});

test('a loser takes over when the winner has given up', async (t) => {
  const desk = new Desk();
  desk.claim = { state: 'wait' };
  const scene = await desk.start(t);
  const loser = createNative(scene);
  await until('it waits', () => desk.count('claim') > 0);
  desk.claim = { state: 'claimed', attempt: '8', request: aRequest() };
  assert.deepEqual((await loser).json(), native);
  assert.equal(desk.count('wechat'), 1);
});

test('nothing to pay is an empty object', async (t) => {
  const desk = new Desk();
  const scene = await desk.start(t);
  desk.found = { state: 'nothing' };
  assert.equal((await createNative(scene)).text, '{}');
  desk.found = unasked;
  desk.claim = { state: 'nothing' };
  assert.equal((await createNative(scene)).text, '{}');
  assert.equal(desk.count('wechat'), 0);
});

test("WeChat's definite no is told to the order service, which finds out why", async (t) => {
  const desk = new Desk();
  desk.answer = () => {
    desk.claim = { state: 'wait' };
    return { outcome: 'no', err_code: 'ORDERPAID', err_code_des: '' };
  };
  const scene = await desk.start(t);
  const asked = createNative(scene);
  await until('it is told', () => desk.kept.length === 1);
  desk.found = { state: 'nothing' };
  assert.equal((await asked).text, '{}');
  const end = { out_trade_no: '1001', attempt: '7', code_url: null, err_code: 'ORDERPAID' };
  assert.deepEqual(desk.kept, [end]);
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
  assert.deepEqual(desk.kept, [
    { out_trade_no: '1001', attempt: '7', code_url: null, err_code: null },
  ]);
});

test('with the pay service away the claim is given back too', async (t) => {
  const desk = new Desk();
  desk.answer = (): never => {
    throw new AppError('service/unavailable');
  };
  const scene = await desk.start(t);
  assert.equal((await createNative(scene)).status, 503);
  assert.equal(desk.kept.length, 1);
  await scene.pay.stop();
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
  desk.claim = { state: 'wait' };
  const scene = await desk.start(t);
  assert.equal((await createNative(scene)).status, 503);
});
