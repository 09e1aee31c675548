import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Asked } from './asked';
import { inChunks } from './bill-spec-kit';
import { fundFlowOf } from './fund-flow';

const names =
  '记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额（元）,账户结余（元）,' +
  '资金变更提交申请人,备注,业务凭证号';

/** A row: `kind direction amount`. */
function line(text: string): string {
  const [kind = '', direction = '', amount = ''] = text.split(' ');
  const time = '2026-10-11 09:12:31';
  const texts = [time, '42', '1', kind, kind, direction, amount, '0.00', 'system', '', 'T1'];
  return texts.map((each) => `\`${each}`).join(',');
}

const rows = [
  '交易 收入 25.00',
  '扣除交易手续费 支出 0.15',
  '交易 收入 3.0',
  '退款 支出 10.00',
  '返还手续费 收入 0.06',
  '提现 支出 12',
];
interface Differs {
  readonly some?: readonly string[];
  readonly head?: string;
  readonly day?: string;
}
const flow = (last: string, { some = rows, head = names, day = '2026-10-11' }: Differs = {}) =>
  fundFlowOf(
    inChunks(
      Buffer.from(
        `\ufeff${[head, ...some.map(line), '资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额', last].join('\r\n')}\r\n`,
      ),
    ),
    new Asked(day, '1900000109'),
  );

test('sums by kind, what fees have cost, and what was withdrawn', async () => {
  const { kinds, ...sums } = await flow('`6.0,`3,`28.06,`3.0,`22.15');
  assert.deepEqual(sums, { rows: 6, incoming: 2806, outgoing: 2215, fees: 9, withdrawals: 1200 });
  assert.deepEqual(kinds[0], { kind: '交易', rows: 2, incoming: 2800, outgoing: 0 });
  assert.equal(kinds.length, 5);
  const narrow = names.replaceAll('（', '(').replaceAll('）', ')');
  assert.equal((await flow('`6,`3,`28.06,`3,`22.15', { head: narrow })).rows, 6);
});

test('a fund flow that is not whole is refused', async () => {
  const wrong = ['`5,`3,`28.06,`3,`22.15', '`6,`3,`28.05,`3,`22.15', '`6,`3,`28.06,`3,`22.16'];
  for (const last of wrong) await assert.rejects(flow(last), /do not add up/);
  await assert.rejects(flow('`1,`1,`1.00,`0,`0.00', { some: ['交易 其他 1.00'] }), /neither/);
  await assert.rejects(flow('`1,`1,`1.00,`0,`0.00', { some: ['交易 收入 -1.00'] }), /no amount/);
  await assert.rejects(flow('`6,`3,`28.06,`3,`22.15', { head: '交易时间' }), /fields|column/);
  const other = flow('`6,`3,`28.06,`3,`22.15', { day: '2026-10-12' });
  await assert.rejects(other, /of 2026-10-11, and not of 2026-10-12/);
});
