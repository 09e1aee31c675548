import { z } from 'zod';

const waitMs = (msDefault: number) => z.int().min(0).max(31_536_000_000).default(msDefault);

/** What the control plane can change while the sandbox runs. */
export const SettingsInput = z.strictObject({
  /** WeChat closes no order younger than this; 0 turns the rule off. */
  close_after_ms: waitMs(300_000),
  /** An accepted refund is PROCESSING for this long, then SUCCESS. */
  refund_after_ms: waitMs(3_000),
  /** Two refunds of one order are at least this far apart; 0 turns the rule off. */
  refund_spacing_ms: waitMs(60_000),
});

export class Settings {
  #values = SettingsInput.parse({});

  get values(): Readonly<z.output<typeof SettingsInput>> {
    return this.#values;
  }

  change(some: Partial<z.output<typeof SettingsInput>>): void {
    this.#values = { ...this.#values, ...some };
  }

  reset(): void {
    this.#values = SettingsInput.parse({});
  }
}
