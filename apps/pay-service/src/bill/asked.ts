import { beijingTime, startOfBeijingDay } from '@saoma/platform/beijing';
import { BillError } from './bill-file';

const dayMs = 86_400_000;
/** What happened so near to midnight may stand in the bill of either day. */
const edgeMs = 60_000;

/** Whose bill of which day was asked for: any other file may be whole, and is still none of it. */
export class Asked {
  private readonly from: string;
  private readonly to: string;

  constructor(
    private readonly day: string,
    private readonly mch_id: string,
  ) {
    const startMs = startOfBeijingDay(day).getTime();
    this.from = beijingTime(startMs - edgeMs);
    this.to = beijingTime(startMs + dayMs + edgeMs);
  }

  /** `time` by Beijing's clock, with a blank or a `T` in it. Throws BillError. */
  checkTime(time: string): void {
    const moment = time.replace(' ', 'T');
    if (moment >= this.from && moment < this.to) return;
    throw new BillError(`a row is of ${moment.slice(0, 10)}, and not of ${this.day}`);
  }

  /** Throws BillError. */
  checkMerchant(mch_id: string): void {
    if (mch_id === this.mch_id) return;
    throw new BillError(`a row is of the merchant ${mch_id}, and not of ${this.mch_id}`);
  }
}
