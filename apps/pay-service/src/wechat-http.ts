import { firstOf } from '@saoma/platform/first-of';
import { outbound, type Proxies } from '@saoma/platform/http/outbound';
import { reasonOf } from '@saoma/platform/http/reason';
import { type Ended, inSpan, type Work } from '@saoma/platform/traces/spans';
import { type Dispatcher, errors, request } from 'undici';
import type { Certificate } from './certificate';

/** Two attempts must end within the nine seconds that a caller of the pay service waits. */
const attemptMsMaxDefault = 4_000;
const limits = { connectMsMax: 2_000, answerBytesMax: 65_536, connectionsMax: 64 };
/** A file, zipped as it comes: that of a day with a million payments has some 50 MiB. */
export const zippedBytesMax = 64 * 1024 * 1024;
const fileLimits = { connectMsMax: 2_000, answerBytesMax: zippedBytesMax, connectionsMax: 2 };
/** One attempt, and both: with the check after it, a file is told within a caller's minute. */
const fileAttemptMsMax = 30_000;
const fileMsMax = 40_000;
/** How long the main host rests after a network fault; then it is tried first again. */
export const mainHostAvoidedMsMax = 30_000;

/** What is sent: where below the host, and the headers and the body of its dialect. */
export interface Message {
  readonly method: 'GET' | 'POST';
  /** With the query, exactly as it is sent. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty for a GET. */
  readonly body: string;
  /** Ends all attempts, where a caller has less time than these may take. */
  readonly deadline?: AbortSignal | undefined;
}

interface Options {
  /** Address of WeChat's API, without a path: `https://api.mch.weixin.qq.com`. */
  readonly url: string;
  readonly backupUrl?: string | undefined;
  /** Shown where WeChat asks for it; without one a sandbox may still answer, WeChat does not. */
  readonly certificate?: Certificate | undefined;
  /** The proxy through which WeChat is called, if there is one. */
  readonly proxies?: Proxies;
  /** A clock that never steps back, milliseconds. */
  readonly now?: () => number;
  /** From the first byte out to the last byte in, connecting included. */
  readonly attemptMsMax?: number;
}

interface Answered<Body> {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Body;
}

/** What a host answered, or why there is no answer; `hosts`: who was asked, in order. */
export type HttpAnswer<Body = Uint8Array> = { readonly hosts: string[] } & (
  | Answered<Body>
  | { readonly status: null; readonly reason: string }
);

type Attempt<Body> =
  | Answered<Body>
  /** `fault`: the network's; `cut`: an open connection broke, maybe because it had grown old. */
  | {
      readonly status: null;
      readonly reason: string;
      readonly fault?: boolean;
      readonly cut?: boolean;
    };

/** How an answer is waited for and read. */
interface Way<Body> {
  readonly dispatcher: Dispatcher;
  readonly msMax: number;
  readonly read: (body: Dispatcher.ResponseData['body']) => Promise<Body>;
}

/** Below this path WeChat wants to see the merchant's certificate. */
const certifiedPath = '/secapi/';

const cutCodes = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/**
 * Asks WeChat over kept-alive connections, by host name, without following redirects. Only a
 * network fault (DNS, connect, reset, time-out) sends the same bytes to the other host at once:
 * they carry the same number, and WeChat takes a repeat for one. An answered error never does.
 */
export class WechatHttp {
  private readonly agent: Dispatcher;
  /** Connections of their own, so that the certificate is shown nowhere else. */
  private readonly certifiedAgent: Dispatcher;
  private readonly fileAgent: Dispatcher;
  private readonly main: string;
  private readonly backup: string | undefined;
  private readonly now: () => number;
  private readonly attemptMsMax: number;
  private mainAvoidedUntilMs = Number.NEGATIVE_INFINITY;

  constructor(options: Options) {
    const { certificate, proxies = {} } = options;
    this.agent = outbound(proxies, limits);
    this.certifiedAgent = certificate
      ? outbound(proxies, { ...limits, tls: certificate })
      : this.agent;
    this.fileAgent = outbound(proxies, fileLimits);
    this.main = options.url;
    this.backup = options.backupUrl;
    this.now = options.now ?? (() => performance.now());
    this.attemptMsMax = options.attemptMsMax ?? attemptMsMaxDefault;
  }

  /** Never throws for what the network or WeChat does. */
  ask(message: Message): Promise<HttpAnswer> {
    const isCertified = message.path.startsWith(certifiedPath);
    return this.askBoth(message, {
      dispatcher: isCertified ? this.certifiedAgent : this.agent,
      msMax: this.attemptMsMax,
      read: (body) => body.bytes(),
    });
  }

  /** The same for what may be a file, as large and slow as those are: in the parts it came in. */
  download(message: Message): Promise<HttpAnswer<Uint8Array[]>> {
    const deadline = AbortSignal.timeout(fileMsMax);
    const way = { dispatcher: this.fileAgent, msMax: fileAttemptMsMax };
    return this.askBoth({ ...message, deadline }, { ...way, read: (body) => body.toArray() });
  }

  private async askBoth<Body>(message: Message, way: Way<Body>): Promise<HttpAnswer<Body>> {
    const [first, other] = this.hosts();
    const attempt = await this.attempt(first, message, way);
    if (attempt.status !== null || !attempt.fault) return { ...attempt, hosts: [hostOf(first)] };
    // Without another host only a broken connection is worth a second try: a fresh one may do.
    const next = other ?? (attempt.cut ? first : undefined);
    if (!next) return { ...attempt, hosts: [hostOf(first)] };
    const repeat = await this.attempt(next, message, way);
    return { ...repeat, hosts: [hostOf(first), hostOf(next)] };
  }

  /** Ends all connections; what is still asked then counts as a network fault. */
  async close(): Promise<void> {
    const agents = [this.agent, this.certifiedAgent, this.fileAgent];
    await Promise.all(agents.map((agent) => agent.destroy()));
  }

  /** The host to ask, and the one to ask when the network fails. */
  private hosts(): [string, string?] {
    if (!this.backup) return [this.main];
    const avoided = this.now() < this.mainAvoidedUntilMs;
    return avoided ? [this.backup, this.main] : [this.main, this.backup];
  }

  private async attempt<Body>(
    host: string,
    message: Message,
    way: Way<Body>,
  ): Promise<Attempt<Body>> {
    const send = (): Promise<Attempt<Body>> =>
      this.send(host, message, way).catch(
        (error): Attempt<never> =>
          // When the caller's time is over, no host is to blame.
          message.deadline?.aborted ? { status: null, reason: 'no time left' } : whyNot(error),
      );
    const attempt = await inSpan(workOf(host, message), send, endOf);
    if (host === this.main) {
      const failed = attempt.status === null && attempt.fault;
      this.mainAvoidedUntilMs = failed
        ? this.now() + mainHostAvoidedMsMax
        : Number.NEGATIVE_INFINITY;
    }
    return attempt;
  }

  private async send<Body>(
    host: string,
    message: Message,
    { dispatcher, msMax, read }: Way<Body>,
  ): Promise<Answered<Body>> {
    const { method, path, headers, body, deadline } = message;
    const limit = AbortSignal.timeout(msMax);
    const answer = await request(host.replace(/\/$/, '') + path, {
      method,
      headers: { ...headers, 'user-agent': 'saoma' },
      body: method === 'GET' ? null : body,
      dispatcher,
      signal: deadline ? firstOf(limit, deadline) : limit,
    });
    const { statusCode: status, headers: answered } = answer;
    return { status, headers: answered, body: await read(answer.body) };
  }
}

function whyNot(error: Error): Attempt<never> {
  const reason = reasonOf(error);
  // A host that sends too much has answered: the other host is not asked.
  if (error instanceof errors.ResponseExceededMaxSizeError) return { status: null, reason };
  return { status: null, reason, fault: true, cut: cutCodes.has(reason) };
}

/** WeChat itself is told nothing of the trace: it knows no such header. */
function workOf(host: string, { method, path }: Message): Work {
  const address = hostOf(host);
  const [bare] = path.split('?', 1);
  return {
    kind: 'client',
    name: `${method} ${address}`,
    facts: { 'http.request.method': method, 'server.address': address, 'url.path': bare },
  };
}

function endOf(attempt: Attempt<unknown>): Ended {
  if (attempt.status === null) return { error: attempt.reason };
  const { status } = attempt;
  const facts = { 'http.response.status_code': status };
  return status < 400 ? { facts } : { facts, error: String(status) };
}

const hostOf = (url: string) => new URL(url).host;
