import type { Log } from '@saoma/platform/log';
import { later, type NoticeAttempt, type Refund, remember, type Trade } from '../book/trade';
import type { Clock } from '../clock';
import type { NoticeFault } from '../faults/fault';
import type { Faults } from '../faults/faults';
import type { Keeper } from '../file/keeper';
import type { Courier, Post, Receipt, Reply } from './courier';
import { type Due, DueNews, type SavedDue, savedDue } from './due';
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

const failed = (reply: string): Receipt => ({ status: null, reply, accepted: false });
const lost = failed('lost on its way');
const notKept = failed('not sent: the book could not be written to its file');

interface Office {
  readonly clock: Clock;
  readonly faults: Faults;
  readonly courier: Courier;
  readonly keeper: Keeper;
  readonly log: Log;
}

/** Tells merchants what happened, again and again until they say that they have it. */
export class Notifier {
  private readonly held: (() => void)[] = [];
  private readonly due = new DueNews();

  constructor(private readonly office: Office) {}

  /** Begins the attempts; the answer comes when the first of them is over or was put off. */
  begin(letter: Letter): Promise<void> {
    const { clock } = this.office;
    const { trade, kind, refund } = letter;
    const due = this.due.add({
      trade,
      kind,
      out_refund_no: refund?.out_refund_no,
      at_ms: clock.now(),
      repeat: 0,
      letter,
      write: () => letter,
    });
    return new Promise((resolve) => {
      clock.after(0, () => this.attempt(due).finally(resolve));
    });
  }

  /** Tells how a refund has ended, as soon as it has. */
  beginAtEnd(trade: Trade, refund: Refund, write: () => Letter | undefined): void {
    const { out_refund_no, success_ms: at_ms } = refund;
    this.wake(this.due.add({ trade, kind: 'refund', out_refund_no, at_ms, repeat: 0, write }));
  }

  saved(trades: readonly Trade[]): SavedDue[] {
    return this.due.of(trades).map(savedDue);
  }

  /** Takes in what an earlier process has not told to the end; `resume` goes on with it. */
  restore(due: Due): void {
    this.due.add(due);
  }

  /** Goes on with all that was restored; what was due meanwhile is told now. */
  resume(trades: readonly Trade[]): void {
    for (const due of this.due.of(trades)) this.wake(due);
  }

  /** One attempt beside the others, which go on as if there had been none. */
  async sendOnce(letter: Letter, fault?: NoticeFault): Promise<NoticeAttempt | undefined> {
    const attempts = await this.send(letter, { repeat: null, fault });
    this.office.keeper.keep();
    return attempts.at(-1);
  }

  private wake(due: Due): void {
    const waitMs = due.at_ms - this.office.clock.now();
    later(due.trade, { clock: this.office.clock, waitMs }, () => this.attempt(due));
  }

  private async attempt(due: Due): Promise<void> {
    if (due.trade.life.signal.aborted) return;
    due.letter ??= due.write();
    const { letter } = due;
    if (!letter) return this.end(due);
    const occasion = { ...letter.trade, api: letter.api };
    const fault = this.office.faults.atNotice(letter.kind, occasion);
    const goOn = () => this.sendAndRepeat(due, letter, fault);
    if (fault?.kind === 'delay') this.putOff(due, fault.delay_ms, goOn);
    else if (fault?.kind === 'reorder') this.hold(due, goOn);
    else await goOn();
  }

  private async sendAndRepeat(due: Due, letter: Letter, fault?: NoticeFault): Promise<void> {
    const { repeat } = due;
    const probe = letter.probe?.();
    if (probe) await this.deliver(letter, { repeat, post: await probe, fault: 'probe' });
    const attempts = await this.send(letter, { repeat, fault });
    const waitMs = repeatWaitsMs[repeat];
    if (attempts.some(({ accepted }) => accepted) || waitMs === undefined) this.end(due);
    else {
      due.repeat += 1;
      this.putOff(due, waitMs, () => this.attempt(due));
    }
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
    const { repeat, fault } = given;
    const at_ms = this.office.clock.now();
    const receipt = await this.receiptOf(letter, given);
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
    this.office.log.info({ out_trade_no, ...attempt }, 'a notice was sent');
    return attempt;
  }

  /** Nobody hears of what the book's file does not have. */
  private async receiptOf(letter: Letter, { post, fault }: Delivery): Promise<Receipt> {
    const { keeper, courier } = this.office;
    if (fault === 'drop') return lost;
    keeper.changed();
    if (!(await keeper.kept())) return notKept;
    const isReceived = (reply: Reply) => letter.isReceived(reply);
    return courier.deliver(letter.url, post, { life: letter.trade.life.signal, isReceived });
  }

  private hold(due: Due, goOn: () => Promise<void>): void {
    let isHeld = true;
    const release = () => {
      if (isHeld) this.office.clock.after(0, goOn);
      isHeld = false;
    };
    this.held.push(release);
    this.putOff(due, heldMsMax, release);
  }

  private putOff(due: Due, waitMs: number, task: () => void | Promise<void>): void {
    const { clock, keeper } = this.office;
    due.at_ms = clock.now() + waitMs;
    keeper.keep();
    later(due.trade, { clock, waitMs }, task);
  }

  private end(due: Due): void {
    this.due.isOver(due);
    this.office.keeper.keep();
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
