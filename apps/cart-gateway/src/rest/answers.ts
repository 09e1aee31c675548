import {
  createParamDecorator,
  type ExecutionContext,
  Header,
  HttpCode,
  RequestMapping,
  RequestMethod,
  SetMetadata,
} from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { AppError } from '@saoma/contracts/errors';
import { attempt } from '@saoma/platform/attempt';
import { checked } from '@saoma/platform/checked';
import { rawBody } from '@saoma/platform/http/body';
import { Repeated } from '@saoma/platform/issues';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Answer, Asked, Route } from './route';
import { userOf } from './user';

const routeKey = Symbol('route');
const nothing = z.strictObject({});

type Handler<R extends Route> = (asked: Asked<R>) => Answer<R> | Promise<Answer<R>>;

/** Makes a method the handler of a route; it gets the request only when it fits. */
export function Answers<R extends Route>(route: R) {
  return <H extends Handler<R>>(
    target: object,
    name: string,
    descriptor: TypedPropertyDescriptor<H>,
  ): void => {
    const path = pathsOf(route);
    RequestMapping({ method: RequestMethod[route.method], path })(target, name, descriptor);
    HttpCode(usualStatus(route))(target, name, descriptor);
    SetMetadata(routeKey, route)(target, name, descriptor);
    if (route.type) {
      const isText = route.type !== 'application/gzip';
      const type = `${route.type}${isText ? '; charset=utf-8' : ''}`;
      Header('content-type', type)(target, name, descriptor);
    }
    const own = route.failure && { ownWords: route.failure.of };
    RouteConfig({ ...(route.raw && rawBody), ...own })(target, name, descriptor);
    Checked(route)(target, name, 0);
  };
}

const usualStatus = (route: Route) => Math.min(...Object.keys(route.answers).map(Number));

/** Where WeChat reports was typed by a person, so a slash at its end is let pass. */
function pathsOf({ path, raw }: Route): string[] {
  const paths = [path].flat();
  // Nest takes one of the two slashes away.
  return raw ? paths.flatMap((one) => [one, `${one}//`]) : paths;
}

/** The route that a handler answers. */
export function routeOf(handler: object): Route | undefined {
  return Reflect.getMetadata(routeKey, handler);
}

/** The routes that a controller answers, each with the name of its handler. */
export function routesOf({ prototype }: { prototype: object }): [name: string, route: Route][] {
  const methods = Object.entries(Object.getOwnPropertyDescriptors(prototype));
  return methods.flatMap(([name, { value }]) => {
    const route = typeof value === 'function' && routeOf(value);
    return route ? [[name, route] as [string, Route]] : [];
  });
}

const Checked = createParamDecorator((route: Route, context: ExecutionContext): Asked<Route> => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  return {
    user: userOf(request),
    params: route.params && checked(route.params, request.params),
    query: route.raw ? undefined : queryOf(route, request),
    headers: route.headers && checked(route.headers, request.headers),
    body: bodyOf(route, request.body),
    request,
    reply: context.switchToHttp().getResponse<FastifyReply>(),
  } as Asked<Route>;
});

/** Fastify refuses a path that cannot be decoded; of a query it would leave the text as it came. */
function queryOf(route: Route, { url, query }: FastifyRequest): unknown {
  const isDecodable = attempt(() => decodeURIComponent(url)) !== undefined;
  if (!route.lesson && !isDecodable) throw new AppError('request/malformed');
  return checked(route.query ?? nothing, markRepeated(query));
}

/** No route takes a list in its query. */
function markRepeated(query: unknown): unknown {
  const told = Object.entries(query as object).map(([name, value]) => {
    return [name, Array.isArray(value) ? new Repeated() : value];
  });
  return Object.fromEntries(told);
}

function bodyOf(route: Route, body: unknown): unknown {
  if (route.raw) return body ?? Buffer.alloc(0);
  return checked(route.body ?? nothing, body ?? {});
}
