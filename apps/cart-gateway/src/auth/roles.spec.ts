import assert from 'node:assert/strict';
import test from 'node:test';
import { controllers } from '../gateway.module';
import { routesOf } from '../rest/answers';
import { bearer, Scene } from '../spec-kit';

/** Who comes: nobody, or somebody with these roles. */
const callers = {
  nobody: undefined,
  shopper: [],
  shop: ['shop'],
  auditor: ['auditor'],
  operator: ['operator'],
  both: ['auditor', 'operator'],
} as const;
type Caller = keyof typeof callers;
type Verdicts = Readonly<Record<Caller, string>>;

const first = 'auth/required';
const mine = 'auth/operator-only';
const needed = 'auth/role-needed';
const look = 'auth/read-only';
const all = { nobody: 'in', shopper: 'in', shop: 'in', auditor: 'in', operator: 'in', both: 'in' };

/** Everybody. */
const open: Verdicts = all;
/** Whoever signed in: what is not theirs is 404 unless they see everybody's. */
const signedIn: Verdicts = { ...all, nobody: first };
/** The same, but it changes something. */
const changing: Verdicts = { ...signedIn, auditor: look };
const watching: Verdicts = { ...signedIn, shopper: mine, shop: mine };
/** For the shop's own programs alone: an operator opens nothing. */
const opening: Verdicts = {
  ...changing,
  shopper: needed,
  operator: needed,
  both: needed,
};
/** For the shop's own programs, and for operators. */
const selling: Verdicts = { ...changing, shopper: needed };
const operating: Verdicts = { ...watching, auditor: look };

const routes: Readonly<Record<string, Verdicts>> = {
  'POST /api/session': open,
  'GET /api/session': signedIn,
  'DELETE /api/session': open,
  'GET /api/items': open,
  'PUT /api/items/:item_id': selling,
  'GET /api/cart': signedIn,
  'PUT /api/cart/items/:item_id': changing,
  'DELETE /api/cart': changing,
  'POST /api/orders': changing,
  'GET /api/orders': signedIn,
  'GET /api/orders/:order_id': signedIn,
  'GET /pay/createNative': signedIn,
  'GET /pay/createNative.do': signedIn,
  'GET /pay/queryPayStatus': signedIn,
  'GET /pay/queryPayStatus.do': signedIn,
  'GET /api/payments/:out_trade_no/events': signedIn,
  'GET /api/payments': signedIn,
  'POST /api/payments': opening,
  'POST /api/payments/:out_trade_no/key': open,
  'GET /api/payments/:out_trade_no': signedIn,
  'POST /api/payments/:out_trade_no/close': changing,
  'POST /api/payments/:out_trade_no/inquiry': operating,
  'POST /api/payments/:out_trade_no/refunds': operating,
  'GET /api/payments/:out_trade_no/refunds': signedIn,
  'GET /api/payments/:out_trade_no/timeline': signedIn,
  'GET /api/anomalies': watching,
  'POST /api/anomalies/:anomaly_id/resolve': operating,
  'GET /api/deliveries': watching,
  'POST /api/deliveries/:event_id/replay': operating,
  'POST /api/wechat/check': operating,
  'GET /api/statistics': watching,
  'POST /api/forgotten-users': operating,
  'GET /api/reconciliations': watching,
  'GET /api/reconciliations/:day': watching,
  'POST /api/reconciliations/:day': operating,
  'GET /api/reconciliations/:day/files/:kind': watching,
  'POST /pay/notify': open,
  'POST /pay/refundNotify': open,
  'GET /health/live': open,
  'GET /health/ready': open,
  'GET /openapi.json': open,
};

test('each route lets in whom this table says, and no route is missing here', async (t) => {
  const scene = await Scene.start(t, {}, { DEMO: 'true' });
  const found: Record<string, Verdicts> = {};
  for (const [, route] of controllers.flatMap(routesOf)) {
    for (const path of [route.path].flat()) {
      const verdicts = await Promise.all(
        Object.entries(callers).map(async ([caller, roles]) => {
          const headers = roles && (await bearer({ roles }));
          const address = path.replace(/:\w+/g, '1');
          const { status, json } = await scene.ask(route.method, address, { headers });
          const isRefused = status === 401 || status === 403;
          return [caller, isRefused ? (json() as { code: string }).code : 'in'];
        }),
      );
      found[`${route.method} ${path}`] = Object.fromEntries(verdicts);
    }
  }
  assert.deepEqual(found, routes);
});

test('an auditor sees everybody’s, as an operator does, and other words are no role', async (t) => {
  const seen: unknown[] = [];
  const order = {
    listPayments: ({ user_id, operator }: { user_id: string; operator: boolean }) => {
      seen.push([user_id, operator]);
      return { payments: [], cursor: null };
    },
  };
  const scene = await Scene.start(t, { order });
  const ask = async (roles: unknown, path: string) => {
    const headers = await bearer({ sub: `${roles}`, roles });
    return (await scene.ask('GET', path, { headers })).json();
  };
  const given = [['operator'], ['auditor'], ['shop'], ['Auditor'], 'auditor', [['auditor']]];
  for (const roles of given) await ask(roles, '/api/payments');
  assert.deepEqual(
    seen.map((one) => (one as [string, boolean])[1]),
    [true, true, false, false, false, false],
  );
  assert.deepEqual(await ask(['clerk', 'auditor', 'operator'], '/api/session'), {
    user_id: 'clerk,auditor,operator',
    roles: ['operator', 'auditor'],
  });
});
