import { outbound, type Proxies } from '@saoma/platform/http/outbound';
import { reasonOf } from '@saoma/platform/http/reason';
import { inSpan } from '@saoma/platform/traces/spans';
import { currentTrace } from '@saoma/platform/traces/trace';
import { Webhook } from 'standardwebhooks';
import { type Dispatcher, request } from 'undici';

const answerMsMax = 10_000;
const limits = { connectMsMax: 3_000, answerBytesMax: 65_536 };

const posting = { kind: 'client', name: 'POST to the shop' } as const;

/** What is known of a try: the status of the whole answer, or in a word why there is none. */
export type Tried = { readonly status: number } | { readonly failure: string };

/** What the reasons mean that are met most often. */
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name of the host cannot be looked up',
  ECONNRESET: 'the connection broke off',
  UND_ERR_SOCKET: 'the connection broke off',
  UND_ERR_CONNECT_TIMEOUT: 'no connection within 3 s',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'the answer is larger than 64 KiB',
  TimeoutError: 'no whole answer within 10 s',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by nobody who is known',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by nobody who is known',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate comes without the one that has signed it',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
};

/** What came of a try, for people: they read it in `npm run webhook-test` and of each delivery. */
export function outcomeOf(tried: Tried): string {
  if ('failure' in tried) {
    const words = reasons[tried.failure];
    return words ? `${words} (${tried.failure})` : tried.failure;
  }
  const isRedirect = tried.status >= 300 && tried.status < 400;
  return `HTTP ${tried.status}${isRedirect ? ': redirects are not followed' : ''}`;
}

/** Only then the shop has the message. */
export const isAccepted = (tried: Tried): boolean =>
  'status' in tried && tried.status >= 200 && tried.status < 300;

/** The shop's webhook, which is told messages that are signed as Standard Webhooks says. */
export class ShopWebhook {
  private readonly agent: Dispatcher;

  /** With each of the secrets a message is signed. */
  constructor(
    private readonly url: string,
    private readonly secrets: readonly string[],
    proxies: Proxies,
  ) {
    this.agent = outbound(proxies, limits);
  }

  /** One try; redirects are not followed. `event_id`: by it the shop knows a repeat. */
  async post(event_id: string, payload: string): Promise<Tried> {
    const now = new Date();
    const asked = async () => {
      const sign = (secret: string) => new Webhook(secret).sign(event_id, now, payload);
      const { statusCode, body } = await request(this.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'saoma',
          traceparent: currentTrace(),
          'webhook-id': event_id,
          'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
          'webhook-signature': this.secrets.map(sign).join(' '),
        },
        body: payload,
        dispatcher: this.agent,
        signal: AbortSignal.timeout(answerMsMax),
      });
      // Read to its end: one that breaks off, grows too large or never ends is none.
      await body.bytes();
      return statusCode;
    };
    try {
      const status = await inSpan(posting, asked, (code) => ({
        facts: { 'http.response.status_code': code },
      }));
      return { status };
    } catch (error) {
      return { failure: reasonOf(error as Error) };
    }
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }
}
