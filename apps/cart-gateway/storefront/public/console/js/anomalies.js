// What an operator has to decide, before anything else.
import { at, say } from '../../js/page.js';
import { filterBy } from '../../js/paged-list.js';
import { anomalyRow } from './anomaly-row.js';
import { showList } from './list.js';
import { listAnomalies } from './service.js';

const state = filterBy('state');
// That none was dealt with is no good news: others may wait for a decision.
if (state === 'RESOLVED') {
  say(at('empty'), '还没有处理过异常。', 'No anomaly was dealt with yet.');
  at('empty').classList.remove('good');
}
const load = (cursor) => listAnomalies({ state, cursor });
showList({ of: 'anomalies', load, rowOf: (anomaly) => anomalyRow(anomaly) });
