/** What came of a test notice; `garbled`: a notice came that did not open. */
export type Heard = 'heard' | 'garbled' | 'nothing';

/** Test notices that WeChat was asked for, and those who wait for them in this process. */
export class Echoes {
  private readonly waiting = new Map<string, (heard: Heard) => void>();

  /** Comes true with the notice that has this message; `forget` ends the waiting. */
  expect(echo_message: string): Promise<Heard> {
    return new Promise((resolve) => this.waiting.set(echo_message, resolve));
  }

  forget(echo_message: string): void {
    this.waiting.delete(echo_message);
  }

  heard(echo_message: string): void {
    this.waiting.get(echo_message)?.('heard');
  }

  /** Nobody can say whose it was, but all are encrypted with the same key. */
  garbled(): void {
    for (const tell of this.waiting.values()) tell('garbled');
  }
}
