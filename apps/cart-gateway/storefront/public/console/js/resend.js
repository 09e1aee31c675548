// Sending a message to the shop once more.
import { confirmed, tellDone } from './confirm.js';
import { replayDelivery } from './service.js';

/** Gives whether it was tried. */
export const resend = (delivery) =>
  confirmed({
    title: ['重发这条消息？', 'Send this message again?'],
    lines: [
      [
        '消息号不变：商城会认出它已经收到过。',
        'It keeps its number, by which the shop knows what it has had already.',
      ],
    ],
    label: ['重发', 'Send again'],
    work: () => replayDelivery(delivery),
    done: () => tellDone('消息会马上重发。', 'The message is being sent again.'),
  });
