// The days of our books beside WeChat's bills.
import { make, say } from '../../js/page.js';
import { showList } from './list.js';
import { nameIn } from './names.js';
import { badge } from './parts.js';
import { dayStates } from './reconciliation-names.js';
import { listReconciliations } from './service.js';

function rowOf({ day, state, rows }) {
  const href = `reconciliation-day.html?${new URLSearchParams({ day })}`;
  return make(
    'li',
    { className: 'panel title' },
    make('a', { href }, day),
    say(make('p', { className: 'quiet' }), `账单 ${rows} 笔`, `${rows} rows in the bill`),
    badge(`day-${state}`, nameIn(dayStates, state)),
  );
}

showList({
  async load(cursor) {
    const page = await listReconciliations({ cursor });
    return { rows: page.reconciliations, cursor: page.cursor };
  },
  rowOf,
});
