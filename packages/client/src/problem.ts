import type { components } from '../../../dist/openapi.js';

/** Problem details as the gateway writes them. */
export type Told = components['schemas']['Problem'];
/** Why a request was refused: each code has its page in `docs/problems`. */
export type ProblemCode = Told['code'];
/** What is wrong with one member of a request. */
export type Issue = NonNullable<Told['issues']>[number];

/** What is known of a request that was not answered as it should be. */
type Facts = {
  readonly status: number;
  readonly title: string;
  readonly code?: ProblemCode;
  readonly detail?: string;
  readonly issues?: readonly Issue[];
  readonly retryAfter?: number;
  readonly cause?: unknown;
};

/**
 * A request that was refused (problem details, RFC 9457), that something before the gateway
 * answered (`code` is undefined), or that nobody answered (`status` is 0).
 */
export class Problem extends Error {
  override readonly name = 'Problem';
  /** The HTTP status; 0 if there was no answer. */
  readonly status: number;
  readonly code: ProblemCode | undefined;
  /** One sentence for people, in Chinese or English by `Accept-Language`. */
  readonly title: string;
  readonly detail: string | undefined;
  readonly issues: readonly Issue[];
  /** The seconds after which to ask again, if the server said so. */
  readonly retryAfter: number | undefined;

  constructor({ status, title, code, detail, issues = [], retryAfter, cause }: Facts) {
    super([title, ...(detail === undefined ? [] : [detail])].join(': '), { cause });
    this.status = status;
    this.title = title;
    this.code = code;
    this.detail = detail;
    this.issues = issues;
    this.retryAfter = retryAfter;
  }

  /** Nothing is decided: the same request may be answered otherwise in a while. */
  get isPassing(): boolean {
    return this.status < 400 || this.status >= 500 || [408, 429].includes(this.status);
  }
}
