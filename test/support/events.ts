import { firstOf } from '@saoma/platform/first-of';

/** One Server-Sent Event, or a comment line (then only `comment` is set). */
export interface ServerEvent {
  readonly event?: string;
  readonly id?: string;
  readonly data?: string;
  readonly comment?: string;
}

const listenMsMax = 60_000;

/** Reads an event stream as it comes, until the server ends it or `stop` is called. */
export class EventReader implements AsyncIterable<ServerEvent> {
  constructor(
    readonly response: Response,
    private readonly abort = new AbortController(),
  ) {}

  static async open(url: string, headers: Record<string, string>): Promise<EventReader> {
    const abort = new AbortController();
    const signal = firstOf(abort.signal, AbortSignal.timeout(listenMsMax));
    const accept = { accept: 'text/event-stream', ...headers };
    return new EventReader(await fetch(url, { headers: accept, signal }), abort);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ServerEvent> {
    let rest = '';
    const text = this.response.body?.pipeThrough(new TextDecoderStream());
    for await (const chunk of text ?? []) {
      const blocks = (rest + chunk).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) yield readBlock(block);
    }
  }

  stop(): void {
    this.abort.abort();
  }
}

function readBlock(block: string): ServerEvent {
  const fields: Record<string, string> = {};
  for (const line of block.split('\n')) {
    const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
    const field = name === '' ? 'comment' : name;
    fields[field] = field in fields ? `${fields[field]}\n${value}` : value;
  }
  return fields;
}
