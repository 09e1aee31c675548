// What happened to a payment, in plain words.
import { make, say } from '../../js/page.js';
import { beijing } from './dates.js';
import { actorOf, factsOf, nameOfEvent } from './event-names.js';

export function eventItem(event, payment) {
  const { kind, create_time } = event;
  const item = make(
    'li',
    {},
    make('p', { className: 'quiet' }, beijing(create_time), ' ', actorOf(event)),
    say(make('p'), ...nameOfEvent(kind, payment)),
    ...factsOf(event),
  );
  item.dataset.kind = kind;
  return item;
}
