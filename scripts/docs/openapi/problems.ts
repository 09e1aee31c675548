import { AppError, type ErrorCode, errorKind } from '@saoma/contracts/errors';
import { Problem, problemOf } from '@saoma/platform/http/problem';
import { refusalsOf } from '../../../apps/cart-gateway/src/auth/sign-in.guard';
import type { Route } from '../../../apps/cart-gateway/src/rest/route';
import type { Json, Schemas } from './schemas';

const message = { en: 'Must be a whole number from 0 to 200.', zh: '应为 0 到 200 的整数。' };
const issues = [{ path: 'num', message }];

/** Every code that a route can answer: those of reading a request, the guard's, and its own. */
function codesOf(route: Route): ErrorCode[] {
  const codes: ErrorCode[] = ['request/malformed', 'request/too-slow'];
  if (!takesAnything(route)) codes.push('request/invalid');
  if (route.method !== 'GET') codes.push('request/too-large');
  if (route.method !== 'GET' && !route.raw) codes.push('request/wrong-type');
  return [...codes, ...refusalsOf(route), ...(route.errors ?? []), 'service/bug'];
}

const takesAnything = ({ method, raw, params, query }: Route) =>
  raw || (method === 'GET' && !params && query?.safeParse({ anything: '' }).success === true);

/** The problems of routes; the same codes together are one component that they share. */
export class Problems {
  readonly responses: Record<string, Json> = {};

  constructor(private readonly schemas: Schemas) {}

  of(route: Route): Json {
    const byStatus: Record<string, Set<ErrorCode>> = {};
    for (const code of codesOf(route)) {
      const { status } = errorKind(code);
      byStatus[status] = new Set(byStatus[status]).add(code);
    }
    const told = Object.entries(byStatus).map(([status, codes]) => {
      const sorted = [...codes].sort();
      const name = sorted.map(camelCase).join('Or') + (route.failure ? 'OfNotice' : '');
      this.responses[name] ??= this.response(sorted, route);
      return [status, { $ref: `#/components/responses/${name}` }];
    });
    return Object.fromEntries(told);
  }

  private response(codes: readonly ErrorCode[], { failure }: Route): Json {
    const allOf = [this.schemas.output(Problem), { properties: { code: { enum: codes } } }];
    const examples = codes.map((code) => [code, { value: exampleOf(code) }]);
    return {
      description: codes.map((code) => `- \`${code}\`: ${errorKind(code).title.en}.`).join('\n'),
      headers: headersOf(codes),
      content: {
        'application/problem+json': {
          schema: { type: 'object', allOf },
          examples: Object.fromEntries(examples),
        },
        ...(failure && this.schemas.content('application/json', this.schemas.output(failure.body))),
      },
    };
  }
}

const camelCase = (code: string) =>
  code.replace(/(?:^|[/-])([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** The very problem that is served, without its detail. */
function exampleOf(code: ErrorCode): Json {
  const more = code === 'request/invalid' ? { issues } : {};
  return JSON.parse(JSON.stringify(problemOf(new AppError(code, more), 'en'))) as Json;
}

function headersOf(codes: readonly ErrorCode[]): Json | undefined {
  const seconds = codes.map((code) => errorKind(code).retryAfterSeconds).find((each) => each);
  if (seconds) {
    return {
      'Retry-After': {
        description: 'Seconds after which a repeat makes sense.',
        schema: { type: 'integer', minimum: 1 },
        example: seconds,
      },
    };
  }
  if (codes.some((code) => errorKind(code).status === 401)) {
    return {
      'WWW-Authenticate': {
        description: 'How to sign in.',
        schema: { type: 'string' },
        example: 'Bearer',
      },
    };
  }
  return undefined;
}
