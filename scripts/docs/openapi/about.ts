import { cookieName } from '../../../apps/cart-gateway/src/auth/cookie';

/** The introduction of the document. */
export const about = {
  openapi: '3.1.0',
  info: {
    title: 'Saoma',
    version: '1',
    summary: 'WeChat Pay for a shop: from the cart to the paid order.',
    license: { name: 'MIT', identifier: 'MIT' },
    description: `
A shopper fills a cart (\`putCartItem\`), checks out (\`addOrders\`), gets a code to scan
(\`createNative\`: show its \`code_url\` as a QR code) and pays by phone. \`events\` and
\`queryPayStatus\` tell when it is paid. \`getPayment\` gives the true state at any time.

- **Money** is a whole number of fen (1/100 yuan).
- **Numbers** of payments, orders, items and so on are strings of digits.
- **Times** are ISO 8601 with an offset.
- **Sign-in**: send a token as \`Authorization: Bearer\`, or as the cookie \`${cookieName}\`. Its
  \`sub\` is the user. A user with \`operator\` in \`roles\` may see, close and refund all payments.
  One with \`auditor\` sees what an operator sees, and changes nothing: all but GET is 403.
  What belongs to another user is 404, as if it did not exist.
- **Bodies** are JSON in UTF-8, at most 64 KiB. An unknown member or parameter is an error.
- **Errors** are RFC 9457 problems: a program should read \`code\`. What is wrong with an input is
  told in sentences for people, in English or Chinese by \`Accept-Language\`.
- **Traces**: each answer has a header \`traceparent\` (W3C Trace Context), and a problem the same
  \`trace_id\`: by it the operators of the shop find in their logs all that was done for the
  request. A request that has the header itself is a part of the trace that it names.
- **What people type** (receivers, reasons, notes) is cleaned: line feeds become blanks, invisible
  characters go, the rest is in Unicode NFC.
- **Repeats**: a request that got no answer, or 503, may be repeated. If it has an
  \`Idempotency-Key\`, use the same one.
- **Lists** come page by page: send the \`cursor\` of the answer to get the next page; null means
  that there is no next page. A page of long entries has fewer of them than you asked for.
- **Later versions** may add members, enum values and error codes: ignore those you do not know.
`.trim(),
  },
  servers: [
    { url: '/', description: 'The gateway that serves this document.' },
    {
      url: 'http://127.0.0.1:3000',
      description:
        'The system that `npm start` runs, with a sandbox in the place of WeChat: there ' +
        'http://127.0.0.1:9100/phone?code_url=... is the phone that pays a code.',
    },
  ],
};

/** Two ways to sign in. */
export const securitySchemes = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description:
      'A JSON Web Token from the identity provider, signed with its key or by HS256 with the ' +
      'shared secret. `sub` is the user, `roles` a list of words.',
  },
  cookie: {
    type: 'apiKey',
    in: 'cookie',
    name: cookieName,
    description:
      'The same token as a cookie. What changes something must then come from a page of this ' +
      'origin or of one in `STOREFRONT_ORIGINS`, or from a program that sends no `Origin`.',
  },
};
