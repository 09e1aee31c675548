import type { Dialect } from '@saoma/contracts/values';
import type { Log } from '@saoma/platform/log';
import { certificateFinding, type Ending } from './certificate-finding';
import { payMetrics } from './metrics';
import { RefusedNotices } from './refused-notices';
import type { Notice, NoticeVerdict, WechatChannel, WechatFinding } from './wechat-channel';
import { noticeReply } from './wechat-v2/notice';
import { failure } from './wechat-v3/notice-reader';

type Channels = Readonly<Partial<Record<Dialect, WechatChannel>>>;

/** What a notice gets whose dialect has no keys here, in its own words. */
const refusals: Readonly<Record<Dialect, () => NoticeVerdict['reply']>> = {
  v2: () => noticeReply({ believed: false }),
  v3: () => failure(401),
};

/** The dialects that there are keys for, and the one that everything new speaks. */
export class Dialects {
  readonly current: WechatChannel;
  private readonly refused: RefusedNotices;

  /** The configuration makes sure that there are the keys of the current one. */
  constructor(
    private readonly channels: Channels,
    current: Dialect,
    log: Log,
    /** Those that there are now. */
    private readonly certificates: () => readonly Ending[] = () => [],
  ) {
    const channel = channels[current];
    if (!channel) throw new Error(`there are no keys of ${current}`);
    this.current = channel;
    this.refused = new RefusedNotices(log);
  }

  /**
   * The channel for what was begun in a dialect; without its keys the other one, which finds the
   * same numbers in the same book at WeChat.
   */
  of(dialect: Dialect | undefined): WechatChannel {
    return (dialect && this.channels[dialect]) ?? this.current;
  }

  /** What is found out about each dialect that there are keys for, and about the certificates. */
  async check(): Promise<WechatFinding[]> {
    const channels = Object.values(this.channels);
    const findings = await Promise.all(channels.map((channel) => channel.check()));
    // The check may have fetched some.
    return [...findings.flat(), ...this.certificates().map((one) => certificateFinding(one))];
  }

  /** Nobody says in which dialect a notice speaks: its looks do. */
  async readNotice(notice: Notice): Promise<NoticeVerdict> {
    const dialect = dialectOf(notice);
    const channel = this.channels[dialect];
    if (channel) {
      const verdict = await channel.readNotice(notice);
      if (verdict.news) payMetrics.notices.add({ outcome: 'believed' });
      return verdict;
    }
    this.refused.tell({ reason: `there are no keys of ${dialect} here` });
    return { news: null, reply: refusals[dialect]() };
  }
}

/** v3 signs in headers, and its bodies are objects: whichever of the two is left tells. */
function dialectOf({ body, headers }: Notice): Dialect {
  const isSigned = Object.entries(headers).some(
    ([name, value]) => name.startsWith('wechatpay-') && value !== undefined,
  );
  return isSigned || /^\s*\{/.test(Buffer.from(body.subarray(0, 64)).toString()) ? 'v3' : 'v2';
}
