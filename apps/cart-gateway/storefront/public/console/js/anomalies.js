// What an operator has to decide, before anything else.
import { at } from '../../js/page.js';
import { anomalyRow } from './anomaly-row.js';
import { chosen, showList } from './list.js';
import { listAnomalies } from './service.js';

const state = chosen('state', ['OPEN', 'RESOLVED', '']);

at('state').value = state;
at('state').addEventListener('change', () => at('filter').submit());
showList({
  async load(cursor) {
    const page = await listAnomalies({ state, cursor });
    return { rows: page.anomalies, cursor: page.cursor };
  },
  rowOf: (anomaly) => anomalyRow(anomaly),
});
