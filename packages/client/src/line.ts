import { Limit, unlessAborted } from './limit.js';
import { Problem } from './problem.js';
import { placeOf, problemOf, refuseUnsendable } from './refusal.js';

type Fetch = typeof globalThis.fetch;

export interface ClientOptions {
  /** Where the gateway is, as `https://pay.example.com`. */
  readonly url: string;
  /**
   * Sent as `Authorization: Bearer`. A function is asked before each request; what it throws ends
   * the call, also a wait, as it is.
   */
  readonly token?: string | (() => string | Promise<string>);
  /** `include` in a page on another origin whose user is signed in by the gateway's cookie. */
  readonly credentials?: RequestCredentials;
  /** In place of the platform's own. */
  readonly fetch?: Fetch;
  /** An answer that takes longer than so many milliseconds is given up (30 000). */
  readonly timeoutMs?: number;
}

const answerMsMax = 30_000;

/** The way to the gateway: whatever goes wrong on it is a `Problem`. */
export class Line {
  readonly url: string;

  constructor(private readonly options: ClientOptions) {
    this.url = new URL(options.url).href.replace(/\/+$/, '');
  }

  /** The answer, read whole, in time. */
  async ask(request: Request): Promise<Response> {
    const limit = new Limit(request.signal);
    limit.allow(this.options.timeoutMs ?? answerMsMax);
    try {
      const response = await this.open(request, limit.signal);
      const bytes = await answered(response.arrayBuffer());
      const { status, statusText, headers } = response;
      return new Response(bytes.byteLength > 0 ? bytes : null, { status, statusText, headers });
    } catch (error) {
      throw request.signal.aborted ? request.signal.reason : error;
    } finally {
      limit.end();
    }
  }

  /** An answer of which only the head has come; the signal ends it. A refusal is thrown. */
  async open(request: Request, signal: AbortSignal): Promise<Response> {
    const { credentials, fetch = globalThis.fetch } = this.options;
    const bearer = await this.token(signal);
    if (bearer !== undefined) {
      const authorization = `Bearer ${bearer}`;
      refuseUnsendable({ authorization });
      request.headers.set('authorization', authorization);
    }
    // Whoever leads elsewhere would be given the token.
    const how = { signal, redirect: 'error', cache: 'no-store' } as const;
    const init = credentials === undefined ? how : { ...how, credentials };
    const response = await answered(fetch(request, init));
    if (!response.ok) throw await answered(problemOf(response));
    // A page of a captive network, say: the gateway answers no request of ours with one.
    if (response.headers.get('content-type')?.startsWith('text/html')) {
      throw new Problem({
        status: response.status,
        title: 'A web page came in place of an answer',
        detail: placeOf(request),
      });
    }
    return response;
  }

  /** A function that gives none in time is like a gateway that does not answer. */
  private async token(signal: AbortSignal): Promise<string | undefined> {
    const { token } = this.options;
    if (typeof token !== 'function') return token;
    return unlessAborted(token(), signal).catch((error) => {
      throw signal.aborted ? unanswered(error) : error;
    });
  }
}

/** Whatever goes wrong on the way is told as a problem. */
function answered<T>(work: Promise<T>): Promise<T> {
  return work.catch((cause) => {
    throw unanswered(cause);
  });
}

/** A refusal as it is; any other failure says that no answer came. */
function unanswered(cause: unknown): Problem {
  if (cause instanceof Problem) return cause;
  return new Problem({
    status: 0,
    title: 'The gateway does not answer',
    detail: reasonOf(cause),
    cause,
  });
}

/** What is at the bottom of an error: `fetch failed` has a cause, and a host several addresses. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return `${error}`;
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ');
  return error.cause === undefined ? error.message : reasonOf(error.cause);
}
