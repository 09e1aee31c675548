import { Webhook } from 'standardwebhooks';
import type { webhooks } from '../../../dist/openapi.js';

declare const ofLater: unique symbol;

/**
 * A message of a type that this version of the client does not know: to be left alone. Its type is
 * text that the compiler takes for none, so that a comparison tells all others from it.
 */
export interface UnknownMessage {
  readonly type: { readonly [ofLater]: true; toString(): string };
  readonly timestamp: string;
  readonly data: unknown;
}

type BodyOf<Webhook extends webhooks[keyof webhooks]> =
  Webhook['post']['requestBody']['content']['application/json'];

/** What the shop is told; `type` says which. */
export type Message =
  | { [Type in keyof webhooks]: BodyOf<webhooks[Type]> }[keyof webhooks]
  | UnknownMessage;

/** The headers of a request, as Node or `fetch` give them. */
type RequestHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

const signed = ['webhook-id', 'webhook-timestamp', 'webhook-signature'];

/**
 * The message in a request's body, which must be exactly as it was received. Throws if it was not
 * signed with this secret, or more than 5 minutes ago, or if the secret is none.
 */
export function verify(
  body: string | Uint8Array,
  headers: RequestHeaders,
  secret: string,
): Message {
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
  const given = signed.flatMap((name) => {
    const value = headers instanceof Headers ? headers.get(name) : headers[name];
    return typeof value === 'string' ? [[name, value]] : [];
  });
  return keyed(secret).verify(text, Object.fromEntries(given)) as Message;
}

/** What is no secret is told by its name, and not shown. */
function keyed(secret: string): Webhook {
  try {
    return new Webhook(secret);
  } catch (cause) {
    const what = "The secret to verify with is not SHOP_WEBHOOK_SECRET's: `whsec_` and base64";
    throw new TypeError(what, { cause });
  }
}
