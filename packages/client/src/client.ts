import createApi, { type Client as Api } from 'openapi-fetch';
import type { components, paths } from '../../../dist/openapi.js';
import { type ClientOptions, Line } from './line.js';
import { Problem } from './problem.js';
import { refuseNoJson, refuseUnsendable } from './refusal.js';
import { decided, type Payment, type WaitOptions } from './wait.js';

export type { ClientOptions, Payment, WaitOptions };

type Body<Operation> = Operation extends {
  requestBody: { content: { 'application/json': infer B } };
}
  ? B
  : never;
type Sent = { readonly headers?: object; readonly params?: { readonly header?: object } };
type Filter = Omit<NonNullable<paths['/api/payments']['get']['parameters']['query']>, 'format'>;

/** A payment for an order of the shop's own. */
export type ShopOrder = Body<paths['/api/payments']['post']>;
export type OpenedPayment = components['schemas']['OpenedPayment'];
export type RefundOrder = Body<paths['/api/payments/{out_trade_no}/refunds']['post']>;
export type Refund = components['schemas']['Refund'];
/** A page of a list, newest first; the next one is asked for with its `cursor`. */
export type PaymentPage = { payments: Payment[]; cursor: string | null };

export interface Client {
  readonly payments: {
    /** Role `shop`. Safe to repeat with the same `merchant_order_no` and content. */
    open(order: ShopOrder): Promise<OpenedPayment>;
    get(out_trade_no: string): Promise<Payment>;
    /** Closes it unless it is paid (409); it may still be `closing` in the answer. */
    close(out_trade_no: string): Promise<Payment>;
    list(filter?: Filter): Promise<PaymentPage>;
    /** The payment, as soon as it is no longer `NOTPAY`: paid or closed. */
    wait(out_trade_no: string, options?: WaitOptions): Promise<Payment>;
  };
  readonly refunds: {
    /**
     * Role `operator`. A repeat with the same key, 1 to 64 printable ASCII characters, is the same
     * refund.
     */
    create(out_trade_no: string, refund: RefundOrder, idempotencyKey: string): Promise<Refund>;
    list(out_trade_no: string): Promise<Refund[]>;
  };
  /** Every other route of openapi.json by its path: `api.GET('/api/orders')`. */
  readonly api: Api<paths>;
}

/** A client of one gateway. What is not answered as it should be is thrown as a `Problem`. */
export function createClient(options: ClientOptions): Client {
  const line = new Line(options);
  const api = refusing(
    createApi<paths>({ baseUrl: line.url, fetch: (request) => line.ask(request) }),
  );
  api.use({
    onResponse: ({ request, response, options: { parseAs } }) =>
      parseAs === 'json' ? refuseNoJson(request, response) : undefined,
  });
  const one = (out_trade_no: string) => ({ params: { path: { out_trade_no } } });
  return {
    api,
    payments: {
      open: (body) => data(api.POST('/api/payments', { body })),
      get: (no) => data(api.GET('/api/payments/{out_trade_no}', one(no))),
      close: (no) => data(api.POST('/api/payments/{out_trade_no}/close', one(no))),
      list: async (query = {}) =>
        (await data(api.GET('/api/payments', { params: { query } }))) as PaymentPage,
      wait: (no, waiting = {}) =>
        decided(
          {
            get: (signal) => data(api.GET('/api/payments/{out_trade_no}', { ...one(no), signal })),
            events: async (lastEventId, signal) => {
              const header = lastEventId === undefined ? {} : { 'Last-Event-Id': lastEventId };
              const { response } = await api.GET('/api/payments/{out_trade_no}/events', {
                params: { path: { out_trade_no: no }, header },
                headers: { accept: 'text/event-stream' },
                parseAs: 'stream',
                fetch: (request) => line.open(request, signal),
              });
              return response;
            },
          },
          waiting,
        ),
    },
    refunds: {
      create: async (out_trade_no, body, idempotencyKey) => {
        const header = { 'Idempotency-Key': sendable(idempotencyKey) };
        const params = { path: { out_trade_no }, header };
        return data(api.POST('/api/payments/{out_trade_no}/refunds', { params, body }));
      },
      list: async (no) =>
        (await data(api.GET('/api/payments/{out_trade_no}/refunds', one(no)))).refunds,
    },
  };
}

/** The same calls, but for headers that cannot be sent. */
function refusing(api: Api<paths>): Api<paths> {
  const calls = Object.entries(api).flatMap(([name, call]) => {
    if (name === 'use' || name === 'eject') return [];
    const checked = async (...given: unknown[]) => {
      const init = given.at(-1) as Sent | undefined;
      refuseUnsendable({ ...init?.headers, ...init?.params?.header });
      return (call as (...same: unknown[]) => unknown)(...given);
    };
    return [[name, checked]];
  });
  return { ...api, ...Object.fromEntries(calls) };
}

/** No header can carry another key, so the gateway could not even refuse it. */
function sendable(key: string): string {
  if (/^[\x20-\x7e]{1,64}$/.test(key)) return key;
  throw new Problem({
    status: 400,
    code: 'request/invalid',
    title: 'The request is not valid',
    detail: 'The Idempotency-Key must have 1 to 64 printable ASCII characters.',
  });
}

/** The data of an answer; whatever is none was thrown before. */
async function data<D>(answer: Promise<{ data?: D }>): Promise<D> {
  return (await answer).data as D;
}
