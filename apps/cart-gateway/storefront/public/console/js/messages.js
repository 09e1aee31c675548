// The messages to the shop's webhook, and sending one again.
import { filterBy } from '../../js/paged-list.js';
import { acting } from './access.js';
import { showList } from './list.js';
import { deliveryItem } from './payment-parts.js';
import { resend } from './resend.js';
import { listDeliveries } from './service.js';

const state = filterBy('state');
const load = (cursor) => listDeliveries({ state, cursor });
const again = (delivery) => acting(() => resend(delivery), show);
const rowOf = (delivery) => deliveryItem(delivery, again);
const show = showList({ of: 'deliveries', load, rowOf });
