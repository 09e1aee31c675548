import type { Log } from '@saoma/platform/log';
import { foreignWords } from '../foreign-words';
import { NotBelieved } from '../not-believed';
import { RefusedNotices } from '../refused-notices';
import type { Notice, NoticeVerdict } from '../wechat-channel';
import type { Connection } from './connection';
import type { Echoes } from './echoes';
import { NotOpened, type OpenedNotice, openNotice } from './notice';

type Reply = NoticeVerdict['reply'];

/** WeChat does not come again. */
const taken: Reply = { status: 204, type: 'application/json', body: '' };

/** WeChat comes again. Why a notice is refused is not told: that would help only a forger. */
export function failure(status: 401 | 503): Reply {
  const body = JSON.stringify({ code: 'FAIL', message: status === 401 ? '失败' : '稍后重试' });
  return { status, type: 'application/json', body };
}

/** Checks who has sent a notice, opens it, and says what it brings and how it is answered. */
export class NoticeReader {
  private readonly refused: RefusedNotices;

  constructor(
    private readonly connection: Connection,
    private readonly echoes: Echoes,
    private readonly log: Log,
  ) {
    this.refused = new RefusedNotices(log);
  }

  async read({ body, headers }: Notice): Promise<NoticeVerdict> {
    const request_id = foreignWords(headers['request-id']);
    const refusal = await this.connection.keys.refusalOf(headers, body);
    if (refusal) {
      const { reason, detail, probe, undecided } = refusal;
      if (probe) this.log.debug({ reason, request_id }, 'notice refused');
      else this.refused.tell({ reason, detail, request_id });
      return { news: null, reply: failure(undecided ? 503 : 401) };
    }
    try {
      return this.taken(openNotice(body, this.connection.merchant), request_id);
    } catch (error) {
      if (!(error instanceof NotBelieved)) throw error;
      if (error instanceof NotOpened) this.echoes.garbled();
      this.refused.tell({ reason: error.message, request_id });
      return { news: null, reply: failure(401) };
    }
  }

  private taken(notice: OpenedNotice, request_id: string): NoticeVerdict {
    if (notice.is === 'nothing') {
      this.log.info({ event_type: notice.event_type, request_id }, 'notice without meaning here');
      return { news: null, reply: taken };
    }
    if (notice.is === 'echo') {
      this.echoes.heard(notice.echo_message);
      this.log.info({ request_id }, 'test notice');
      return { news: null, reply: taken };
    }
    if (notice.is === 'refund') this.log.info({ ...notice, request_id }, 'refund notice');
    else {
      const { out_trade_no, transaction_id } = notice.paid;
      this.log.info({ out_trade_no, transaction_id, request_id }, 'payment notice');
    }
    return { news: notice, reply: taken };
  }
}
