/** What a server answered, read whole. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body read as JSON; throws if it is none. */
  json(): unknown;
}

export interface Ask {
  /** Sent as JSON unless it is text or bytes already. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly limitMs?: number;
}

/** One HTTP request. No redirect is followed; only a server that does not answer makes it fail. */
export async function ask(method: string, url: string, options: Ask = {}): Promise<Answer> {
  const { body, headers = {}, limitMs = 30_000 } = options;
  const isRaw = typeof body === 'string' || body instanceof Uint8Array;
  const type: Record<string, string> =
    isRaw || body === undefined ? {} : { 'content-type': 'application/json' };
  const response = await fetch(url, {
    method,
    headers: { ...type, ...headers },
    body: isRaw ? (body as string) : JSON.stringify(body),
    redirect: 'manual',
    signal: AbortSignal.timeout(limitMs),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: () => JSON.parse(text) as unknown,
  };
}

/** Another answer than the one that was asked for. */
export class UnexpectedAnswer extends Error {
  constructor(
    readonly answer: Answer,
    wanted: number,
  ) {
    super(`expected ${wanted}, got ${answer.status}: ${answer.text.slice(0, 500)}`);
  }
}

/** The answer's JSON, if it has the expected status; else an error that shows what came instead. */
export function expected(status: number, answer: Answer): unknown {
  if (answer.status === status) return answer.text === '' ? undefined : answer.json();
  throw new UnexpectedAnswer(answer, status);
}
