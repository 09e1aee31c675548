import { Problem, type Told } from './problem.js';

/** What a refusal says, whoever wrote it. */
export async function problemOf(response: Response): Promise<Problem> {
  const { status, headers } = response;
  const told = read(await response.text());
  const title = told.title ?? `HTTP ${status}`;
  const retryAfter = secondsOf(headers.get('retry-after'));
  return new Problem({ ...told, title, status, ...(retryAfter !== undefined && { retryAfter }) });
}

/** An answer without a code is not the gateway's: its body is for nobody. */
function read(text: string): Partial<Told> {
  try {
    const told = JSON.parse(text) as Partial<Told> | null;
    return typeof told?.code === 'string' ? told : {};
  } catch {
    return {};
  }
}

/** `Retry-After` counts seconds, or names a time. */
function secondsOf(header: string | null): number | undefined {
  if (header === null) return undefined;
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1_000;
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : undefined;
}

/** Where a request goes, without what it asks for: that may tell of people. */
export function placeOf({ url }: Request): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

/** What came of a request for JSON must be some: what only looks like an answer decides nothing. */
export async function refuseNoJson(request: Request, response: Response): Promise<void> {
  const { status } = response;
  if (status === 204) return;
  try {
    const value: unknown = JSON.parse(await response.clone().text());
    if (Object(value) !== value) throw new SyntaxError(`${value} is no object`);
  } catch (cause) {
    const detail = `${placeOf(request)}: ${cause instanceof Error ? cause.message : cause}`;
    throw new Problem({ status, title: 'What came is no JSON of the gateway', detail, cause });
  }
}

/**
 * No header can carry such a value, so the gateway could not even refuse it. The platform's own
 * error would show it, and it may be a secret.
 */
export function refuseUnsendable(headers: object): void {
  for (const [name, given] of Object.entries(headers)) {
    try {
      for (const value of [given].flat()) new Headers().set(name, `${value}`);
    } catch {
      throw new Problem({
        status: 400,
        code: 'request/invalid',
        title: 'The request is not valid',
        detail: `No header can carry this value of ${name}.`,
      });
    }
  }
}
