import type { Log } from '@saoma/platform/log';
import { later, type NoticeAttempt, remember } from '../book/trade';
import type { Clock } from '../clock';
import type { NoticeFault } from '../faults/fault';
import type { Faults } from '../faults/faults';
import type { Courier, Post, Reply } from './courier';
import type { Letter } from './letter';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** How long WeChat waits before each of its 15 repeats: 24 hours and 4 minutes in all. */
const repeatWaitsMs: readonly number[] = [
  15 * second,
  15 * second,
  30 * second,
  3 * minute,
  10 * minute,
  20 * minute,
  30 * minute,
  30 * minute,
  30 * minute,
  60 * minute,
  3 * hour,
  3 * hour,
  3 * hour,
  6 * hour,
  6 * hour,
];

/** A notice that is to come after another one waits no longer than this. */
const heldMsMax = minute;

/** Tells merchants what happened, again and again until they say that they have it. */
export class Notifier {
  private readonly held: (() => void)[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly faults: Faults,
    private readonly courier: Courier,
    private readonly log: Log,
  ) {}

  /** Begins the attempts; the answer comes when the first of them is over or was put off. */
  begin(letter: Letter): Promise<void> {
    return new Promise((resolve) => {
      this.clock.after(0, () => this.attempt(letter, 0).finally(resolve));
    });
  }

  /** One attempt beside the others, which go on as if there had been none. */
  async sendOnce(letter: Letter, fault?: NoticeFault): Promise<NoticeAttempt | undefined> {
    const attempts = await this.send(letter, { repeat: null, fault });
    return attempts.at(-1);
  }

  private async attempt(letter: Letter, repeat: number): Promise<void> {
    if (letter.trade.life.signal.aborted) return;
    const fault = this.faults.atNotice(letter.kind, { ...letter.trade, api: letter.api });
    const goOn = () => this.sendAndRepeat(letter, { repeat, fault });
    if (fault?.kind === 'delay') this.later(letter, fault.delay_ms, goOn);
    else if (fault?.kind === 'reorder') this.hold(letter, goOn);
    else await goOn();
  }

  private async sendAndRepeat(letter: Letter, attempt: Attempt): Promise<void> {
    const probe = letter.probe?.();
    if (probe) await this.deliver(letter, { ...attempt, post: await probe, fault: 'probe' });
    const attempts = await this.send(letter, attempt);
    const waitMs = repeatWaitsMs[attempt.repeat ?? repeatWaitsMs.length];
    const isOver = attempts.some(({ accepted }) => accepted) || waitMs === undefined;
    if (!isOver) this.later(letter, waitMs, () => this.attempt(letter, (attempt.repeat ?? 0) + 1));
    for (const release of this.held.splice(0)) release();
  }

  private async send(letter: Letter, { repeat, fault }: Attempt): Promise<NoticeAttempt[]> {
    const post = await letter.write(fault);
    const copies = fault?.kind === 'duplicate' ? fault.copies : 0;
    const given = { repeat, post, fault: fault?.kind };
    return Promise.all(Array.from({ length: 1 + copies }, () => this.deliver(letter, given)));
  }

  /** Delivers once, and writes down what came of it. */
  private async deliver(letter: Letter, given: Delivery): Promise<NoticeAttempt> {
    const { kind, api, url, trade, refund } = letter;
    const { repeat, post, fault } = given;
    const at_ms = this.clock.now();
    const to = { life: trade.life.signal, isReceived: (reply: Reply) => letter.isReceived(reply) };
    const receipt =
      fault === 'drop'
        ? { status: null, reply: 'lost on its way', accepted: false }
        : await this.courier.deliver(url, post, to);
    const attempt: NoticeAttempt = {
      kind,
      api,
      url,
      repeat,
      at_ms,
      ...(refund && { out_refund_no: refund.out_refund_no }),
      ...(fault && { fault }),
      ...receipt,
    };
    remember(trade, attempt);
    const { out_trade_no } = trade;
    this.log.info({ out_trade_no, ...attempt }, 'a notice was sent');
    return attempt;
  }

  private hold(letter: Letter, goOn: () => Promise<void>): void {
    let isHeld = true;
    const release = () => {
      if (isHeld) this.clock.after(0, goOn);
      isHeld = false;
    };
    this.held.push(release);
    this.later(letter, heldMsMax, release);
  }

  private later({ trade }: Letter, waitMs: number, task: () => void | Promise<void>): void {
    later(trade, { clock: this.clock, waitMs }, task);
  }
}

interface Attempt {
  /** Null for one that was sent by hand. */
  readonly repeat: number | null;
  readonly fault: NoticeFault | undefined;
}

interface Delivery {
  readonly repeat: number | null;
  readonly post: Post;
  readonly fault: string | undefined;
}
