import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { AppError, type ErrorCode } from '@saoma/contracts/errors';
import { Proxies, type Seen } from '@saoma/platform/http/proxies';
import type { FastifyRequest } from 'fastify';
import { GatewayConfig } from '../config';
import { routeOf } from '../rest/answers';
import type { Route } from '../rest/route';
import { bringPayKey, signIn, signInFirst } from '../rest/user';
import { cookieOf } from './cookie';
import { payKeyHashOf } from './pay-key';
import { Tokens } from './tokens';

/** Whether it changes something, so that a page of another site must not ask for it. */
const isFenced = ({ method, raw }: Route) => method !== 'GET' && !raw;
/** The same, for somebody who signed in: not for an auditor. */
const isClosedToAuditors = (route: Route) => isFenced(route) && !route.open;

/** What the guard can answer instead of the route. */
export function refusalsOf(route: Route): ErrorCode[] {
  const codes: ErrorCode[] = [];
  if (isFenced(route)) codes.push('auth/foreign-origin');
  if (!route.open) codes.push('auth/required', 'service/unavailable');
  if (isClosedToAuditors(route)) codes.push('auth/read-only');
  if (route.operator) codes.push('auth/operator-only');
  if (route.roles) codes.push('auth/role-needed');
  return codes;
}

/**
 * Lets nobody in without a token, except on routes that say they are open. A browser sends its
 * cookie for any page that asks, so that without a Bearer header what changes something must come
 * from a page of ours.
 */
@Injectable()
export class SignInGuard implements CanActivate {
  constructor(
    private readonly tokens: Tokens,
    private readonly config: GatewayConfig,
    private readonly proxies: Proxies,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const route = routeOf(context.getHandler());
    if (!route) throw new Error('a handler without a route');
    const bearer = bearerOf(request.headers.authorization);
    if (bearer === undefined && isFenced(route)) this.checkOrigin(request);
    if (route.open) return true;
    const key = route.payKey && keyOf(request);
    if (key !== undefined) bringPayKey(request, key);
    const signingIn = this.signIn(request, route, bearer);
    // Who brings a key needs no session, and one that is over is none.
    if (key === undefined || bearer !== undefined) await signingIn;
    else await signingIn.catch(() => undefined);
    return true;
  }

  private async signIn(request: FastifyRequest, route: Route, bearer: string | undefined) {
    const token = bearer ?? cookieOf(request.headers.cookie);
    if (!token) throw signInFirst('the request has neither a Bearer token nor a session cookie');
    const user = await this.tokens.read(token);
    const isOperator = user.roles.includes('operator');
    const isAuditor = !isOperator && user.roles.includes('auditor');
    if (isAuditor && isClosedToAuditors(route)) throw new AppError('auth/read-only');
    if (route.operator && !isOperator && !isAuditor) throw new AppError('auth/operator-only');
    if (route.roles && !route.roles.some((role) => user.roles.includes(role))) {
      throw new AppError('auth/role-needed', { detail: `one of: ${route.roles.join(', ')}` });
    }
    signIn(request, user);
  }

  /**
   * Every browser names the origin of what changes something. What names none is no browser,
   * unless it says that it comes from another site. Newer ones compare the two addresses
   * themselves, as they see them: whatever proxies make of ours.
   */
  private checkOrigin({ headers, raw }: FastifyRequest): void {
    const { origin, 'sec-fetch-site': site } = headers;
    const welcome =
      site === 'same-origin' ||
      (origin === undefined
        ? site === undefined || site === 'none'
        : this.config.STOREFRONT_ORIGINS.includes(origin) ||
          isOrigin(origin, this.proxies.seen(raw)));
    if (!welcome) throw new AppError('auth/foreign-origin');
  }
}

/**
 * Whether a page of this origin is one of ours. A proxy may have left our port out of the host;
 * then any will do, as it does for cookies.
 */
function isOrigin(origin: string, { scheme, host, forwarded }: Seen): boolean {
  const address = `${scheme}://${host}`;
  if (!URL.canParse(origin) || !URL.canParse(address)) return false;
  const [page, own] = [new URL(origin), new URL(address)];
  if (page.origin === own.origin) return true;
  const portIsLost = forwarded && !/:[0-9]+$/.test(host);
  return portIsLost && page.protocol === own.protocol && page.hostname === own.hostname;
}

/** What the key is known by that was brought for the payment that is asked for. */
function keyOf({ params, query, headers }: FastifyRequest): string | undefined {
  const { out_trade_no }: Record<string, unknown> = { ...(query as object), ...(params as object) };
  if (typeof out_trade_no !== 'string') return undefined;
  return payKeyHashOf(headers.cookie, out_trade_no);
}

function bearerOf(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
}
