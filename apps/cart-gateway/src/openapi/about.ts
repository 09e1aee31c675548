import { cookieName } from '../auth/cookie';

/** What the whole document says before its routes. */
export const about = {
  openapi: '3.1.0',
  info: {
    title: 'Saoma',
    version: '1',
    summary: 'WeChat Pay for a shop: from the cart to the paid order.',
    license: { name: 'MIT', identifier: 'MIT' },
    description: `
A shopper fills a cart (\`putCartItem\`), checks it out (\`addOrders\`), gets a code to scan
(\`createNative\`: draw its \`code_url\` as a QR code) and pays by phone. \`events\` and
\`queryPayStatus\` tell when it is paid; \`getPayment\` says at any time what is true.

- **Money** is a whole number of fen (1/100 yuan).
- **Numbers** of payments, orders and the like are strings of digits.
- **Times** are ISO 8601 with an offset.
- **Sign-in**: a token as \`Authorization: Bearer\`, or the cookie \`${cookieName}\` that holds it.
  Its \`sub\` is the user, and \`roles\` with \`operator\` may see, close and refund everybody's
  payments. What belongs to somebody else is answered like what is not there: 404.
- **Bodies** are JSON in UTF-8, at most 64 KiB. An unknown member or parameter is refused.
- **Errors** are problems as RFC 9457 has them: programs look at \`code\`.
- **Repeats**: what got no answer, or 503, may be repeated; where there is an \`Idempotency-Key\`,
  with the same one.
- **Lists** come page by page: give the \`cursor\` of the answer to get the next page; null means
  that there is none.
- **Later versions** may add members, words and codes: pass over what you do not know.
`.trim(),
  },
  servers: [
    { url: '/', description: 'The gateway that serves this document.' },
    { url: 'http://127.0.0.1:3000', description: 'The system that `npm start` runs.' },
  ],
};

/** Ways to show who one is; either will do. */
export const securitySchemes = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'A JSON Web Token of the identity provider.',
  },
  cookie: {
    type: 'apiKey',
    in: 'cookie',
    name: cookieName,
    description:
      'The same token as a cookie. What changes something must then come from a page of this ' +
      'origin or of a known storefront.',
  },
};
