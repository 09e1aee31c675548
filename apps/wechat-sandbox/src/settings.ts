import { z } from 'zod';

const yearMs = 31_536_000_000;
const waitMs = z.int().min(0).max(yearMs);

/** What the control plane can change while the sandbox runs. */
export const SettingsInput = z.strictObject({
  /** WeChat closes no order younger than this; 0 turns the rule off. */
  close_after_ms: waitMs.optional(),
  /** An accepted refund is PROCESSING for this long, then SUCCESS. */
  refund_after_ms: waitMs.optional(),
  /** Two refunds of one order are at least this far apart; 0 turns the rule off. */
  refund_spacing_ms: waitMs.optional(),
});

export type SettingsValues = Readonly<Required<z.output<typeof SettingsInput>>>;

/** WeChat's own rules, and a refund that takes as long as a look away. */
export const wechatSettings: SettingsValues = {
  close_after_ms: 300_000,
  refund_after_ms: 3_000,
  refund_spacing_ms: 60_000,
};

export class Settings {
  private changes: Partial<SettingsValues> = {};

  constructor(private readonly atStart: SettingsValues = wechatSettings) {}

  get values(): SettingsValues {
    return { ...this.atStart, ...this.changes };
  }

  /** What was changed since the start. */
  get changed(): Partial<SettingsValues> {
    return this.changes;
  }

  change(some: z.output<typeof SettingsInput>): void {
    const given = Object.entries(some).filter(([, value]) => value !== undefined);
    this.changes = { ...this.changes, ...Object.fromEntries(given) };
  }

  reset(): void {
    this.changes = {};
  }
}
