import type { FundFlow } from '@saoma/contracts/bills';
import { countOf, fenOf, milliFenOf } from './amount';
import type { Asked } from './asked';
import { BillError } from './bill-file';
import { linesOf } from './lines';
import { Sheet, textAt } from './sheet';

type Flow = Omit<FundFlow, 'bill_hash'>;
interface Sum {
  rows: number;
  /** Thousandths of a fen. */
  milliFen: number;
}
type Kind = Readonly<Record<'incoming' | 'outgoing', Sum>>;

const columnNames = {
  time: '记账时间',
  kind: '业务类型',
  direction: '收支类型',
  amount: '收支金额（元）',
} as const;
const kindsMax = 100;
const kindCharsMax = 64;

/**
 * The sums of a whole fund-flow bill, once its last line has confirmed them, and each row is of the
 * day that was asked for: whose it is, it does not say. Throws BillError if not.
 */
export async function fundFlowOf(chunks: AsyncIterable<Uint8Array>, asked: Asked): Promise<Flow> {
  const sheet = new Sheet();
  const kinds = new Map<string, Kind>();
  for await (const lines of linesOf(chunks)) {
    for (const line of lines) {
      const fields = sheet.read(line);
      if (!fields) continue;
      const [time, word, direction, text] = Object.values(columnNames).map((name) => {
        const place = sheet.columns.find([name]);
        if (place === undefined) throw new BillError(`it has no column ${name}`);
        return textAt(fields, place);
      });
      asked.checkTime(time ?? '');
      add(sideOf(kinds, word ?? '', direction), milliFenOf(text ?? ''));
    }
  }
  return confirmed(sheet, kinds);
}

function sideOf(kinds: Map<string, Kind>, word: string, direction = ''): Sum {
  const kind = kinds.get(word) ?? { incoming: nothing(), outgoing: nothing() };
  kinds.set(word, kind);
  if (kinds.size > kindsMax || word.length > kindCharsMax) {
    throw new BillError(`it has too many or too long words in ${columnNames.kind}`);
  }
  if (direction === '收入') return kind.incoming;
  if (direction === '支出') return kind.outgoing;
  throw new BillError(`${columnNames.direction} is neither 收入 nor 支出 in a row`);
}

function add(sum: Sum, milliFen: number | undefined): void {
  if (milliFen === undefined || milliFen < 0) {
    throw new BillError(`${columnNames.amount} is no amount in a row`);
  }
  sum.rows += 1;
  sum.milliFen += milliFen;
}

function confirmed(sheet: Sheet, kinds: ReadonlyMap<string, Kind>): Flow {
  const incoming = total([...kinds.values()].map((kind) => kind.incoming));
  const outgoing = total([...kinds.values()].map((kind) => kind.outgoing));
  const rows = incoming.rows + outgoing.rows;
  const counts = { 资金流水总笔数: rows, 收入笔数: incoming.rows, 支出笔数: outgoing.rows };
  for (const [name, count] of Object.entries(counts)) {
    if (countOf(sheet.sumOf([name]) ?? '') !== count) {
      throw new BillError(`its rows do not add up to its ${name}`);
    }
  }
  const amounts = { 收入金额: incoming.milliFen, 支出金额: outgoing.milliFen };
  for (const [name, amount] of Object.entries(amounts)) {
    if (milliFenOf(sheet.sumOf([name]) ?? '') !== amount) {
      throw new BillError(`its rows do not add up to its ${name}`);
    }
  }
  return {
    rows,
    incoming: fenOf(incoming.milliFen),
    outgoing: fenOf(outgoing.milliFen),
    fees: net(kinds, '手续费'),
    withdrawals: net(kinds, '提现'),
    kinds: [...kinds].map(([kind, sides]) => ({
      kind,
      rows: sides.incoming.rows + sides.outgoing.rows,
      incoming: fenOf(sides.incoming.milliFen),
      outgoing: fenOf(sides.outgoing.milliFen),
    })),
  };
}

/** What went minus what came, of the kinds whose name has this word. */
function net(kinds: ReadonlyMap<string, Kind>, word: string): number {
  const some = [...kinds].filter(([name]) => name.includes(word)).map(([, kind]) => kind);
  const outgoing = total(some.map((kind) => kind.outgoing));
  const incoming = total(some.map((kind) => kind.incoming));
  return fenOf(outgoing.milliFen - incoming.milliFen);
}

const nothing = (): Sum => ({ rows: 0, milliFen: 0 });

const total = (sums: readonly Sum[]): Sum => ({
  rows: sums.reduce((all, { rows }) => all + rows, 0),
  milliFen: sums.reduce((all, { milliFen }) => all + milliFen, 0),
});
