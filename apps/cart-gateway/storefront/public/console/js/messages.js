// The messages to the shop's webhook, and sending one again.
import { at } from '../../js/page.js';
import { acting } from './access.js';
import { chosen, showList } from './list.js';
import { deliveryStates } from './names.js';
import { deliveryItem } from './payment-parts.js';
import { resend } from './resend.js';
import { listDeliveries } from './service.js';

const state = chosen('state', ['', ...Object.keys(deliveryStates)]);
const again = (delivery) => acting(() => resend(delivery), show);

at('state').value = state;
at('state').addEventListener('change', () => at('filter').submit());
const show = showList({
  async load(cursor) {
    const page = await listDeliveries({ state, cursor });
    return { rows: page.deliveries, cursor: page.cursor };
  },
  rowOf: (delivery) => deliveryItem(delivery, again),
});
