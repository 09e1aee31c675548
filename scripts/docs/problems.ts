import { type ErrorCode, errorKind, errors } from '@saoma/contracts/errors';
import { code, page, table } from './markdown';

export const errorCodes = Object.keys(errors).sort() as ErrorCode[];
export const problemFile = (error: ErrorCode) => `${error.replace('/', '-')}.md`;

/** The index of the problem pages, written from the one table of errors. */
export function problemsPage(): string {
  const rows = errorCodes.map((error) => {
    const { status, title, retryAfterSeconds } = errorKind(error);
    const again = retryAfterSeconds === undefined ? '' : `${retryAfterSeconds} s`;
    return [`[${code(error)}](${problemFile(error)})`, String(status), title.en, title.zh, again];
  });
  return page(
    'Problems',
    [
      'Every error of the gateway is `application/problem+json` (RFC 9457). Its `code` is one of',
      'these and will not change; `title` and `detail` are for people, in English or Chinese by',
      '`Accept-Language` (a `detail` that is not for shoppers is English). `issues`, if present,',
      'lists what is wrong with the input: each has a `path` and a `message`.',
    ].join('\n'),
    table(['code', 'status', 'title', 'in Chinese', 'repeat after'], rows),
  );
}
