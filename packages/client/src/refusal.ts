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
