import { service } from './define';
import { NoticeReply, RawNotice } from './values';

export const notices = service('order', {
  receiveNotice: {
    summary:
      "Takes a notice of WeChat as it came. A payment's reply is a success only when the payment " +
      'is settled, or the money recorded, in the database. A refund is asked about: the notice ' +
      'itself is not trusted. service/unavailable when neither is possible now.',
    input: RawNotice,
    output: NoticeReply,
    limitMsMax: 4_500,
  },
});
