// What an operator has to decide, before anything else.
import { filterBy } from '../../js/paged-list.js';
import { anomalyRow } from './anomaly-row.js';
import { showList } from './list.js';
import { listAnomalies } from './service.js';

const state = filterBy('state');
const load = (cursor) => listAnomalies({ state, cursor });
showList({ of: 'anomalies', load, rowOf: (anomaly) => anomalyRow(anomaly) });
