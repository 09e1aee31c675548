import { type DeliveryType, deliveryTypes, webhooks } from '@saoma/contracts/webhooks';
import type { Json, Schemas } from './schemas';

export const tag = {
  name: 'Webhooks',
  description:
    "Messages that Saoma sends to the shop's own server, at `SHOP_WEBHOOK_URL`, as specified by " +
    '[Standard Webhooks](https://www.standardwebhooks.com/): at least once, and in order for ' +
    'each payment.',
};

const headers = {
  'webhook-id': {
    description:
      'The number of the message. It is the same at every try, so you can detect repeats.',
    example: '281604172903043090',
  },
  'webhook-timestamp': {
    description: 'When it is sent, in seconds since 1970. Refuse messages older than 5 minutes.',
    example: '1790734653',
  },
  'webhook-signature': {
    description:
      '`v1,` and the base64 of the HMAC-SHA256 of `id.timestamp.body`, with the body as it came. ' +
      'The key is what `SHOP_WEBHOOK_SECRET` has after `whsec_`, decoded from base64. Several ' +
      'signatures are separated by spaces.',
    example: 'v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=',
  },
  traceparent: {
    description:
      'By W3C Trace Context: by this the operators of Saoma find the delivery in their logs.',
    example: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00',
  },
};

const parameters = Object.entries(headers).map(([name, { description, example }]) => ({
  name,
  in: 'header',
  required: true,
  description,
  schema: { type: 'string' },
  example,
}));

const responses = {
  '2XX': {
    description:
      'Accepted. Answer within 10 s, with a body of at most 64 KiB; its content is ignored.',
  },
  default: {
    description:
      'Failed; so are a redirect, a time-out and a failed connection. The message is tried up to ' +
      'eleven times in about a day. After that an operator can send it again (`replayDelivery`).',
  },
};

/** The messages to the shop, by type. */
export function webhooksOf(schemas: Schemas): Json {
  const told = deliveryTypes.map((type) => [type, { post: operation(type, schemas) }]);
  return Object.fromEntries(told);
}

function operation(type: DeliveryType, schemas: Schemas): Json {
  const schema = schemas.output(webhooks[type]);
  return {
    operationId: type.replace(/\.([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    tags: [tag.name],
    summary: schemas.descriptionOf(schema),
    security: [],
    parameters,
    requestBody: { required: true, content: schemas.content('application/json', schema) },
    responses,
  };
}
