import { firstOf } from '@saoma/platform/first-of';
import { Agent, request } from 'undici';

/** What one attempt sends. */
export interface Post {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the merchant answered: an HTTP status and the beginning of its words. */
export interface Reply {
  readonly status: number;
  readonly text: string;
}

/** What became of one attempt. */
export interface Receipt {
  readonly status: number | null;
  readonly reply: string;
  readonly accepted: boolean;
}

/** The merchant has this long to answer, as WeChat says for its newer notices. Real time. */
const replyMsMax = 5_000;
const connectionsMax = 64;
/** The merchant's reply is read up to here. */
const replyBytesMax = 4_096;
/** And remembered up to here. */
const replyCharsMax = 500;

/** Carries notices to merchants as WeChat does; follows no redirects. */
export class Courier {
  private readonly agent = new Agent({
    connect: { timeout: replyMsMax },
    connections: connectionsMax,
  });

  /** Never throws: whatever goes wrong at the merchant's is an attempt that failed. */
  async deliver(
    url: string,
    { headers, body }: Post,
    to: { readonly life: AbortSignal; isReceived(reply: Reply): boolean },
  ): Promise<Receipt> {
    try {
      const signal = firstOf(to.life, AbortSignal.timeout(replyMsMax));
      const response = await request(url, {
        method: 'POST',
        dispatcher: this.agent,
        headers: { ...headers, 'user-agent': 'Mozilla/4.0', accept: '*/*' },
        body,
        signal,
      });
      const status = response.statusCode;
      const text = await readStart(response.body);
      const accepted = to.isReceived({ status, text });
      return { status, reply: text.slice(0, replyCharsMax), accepted };
    } catch (error) {
      const reason = error instanceof Error ? error.message || error.name : String(error);
      return { status: null, reply: reason, accepted: false };
    }
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }
}

async function readStart(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= replyBytesMax) break;
  }
  return Buffer.concat(chunks).subarray(0, replyBytesMax).toString('utf8');
}
