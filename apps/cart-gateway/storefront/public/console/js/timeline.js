// What happened to a payment, in plain words.
import { make, say } from '../../js/page.js';
import { beijing } from './dates.js';
import { actorOf, eventKinds, factsOf } from './event-names.js';
import { nameIn } from './names.js';

export function eventItem(event) {
  const { kind, create_time } = event;
  const item = make(
    'li',
    {},
    make('p', { className: 'quiet' }, beijing(create_time), ' ', actorOf(event)),
    say(make('p'), ...nameIn(eventKinds, kind)),
    ...factsOf(event),
  );
  item.dataset.kind = kind;
  return item;
}
