import { carriesOut } from '../support/carries-out';
import type { CheckoutsDone, CheckoutTask } from '../support/load';
import { RawHttp } from '../support/raw-http';

// Shoppers of Vendure, by its shop API: three products, address, shipping, payment, settled.

const address = `{ fullName: "Wang", streetLine1: "Haidian 1", city: "Beijing",
  postalCode: "100000", countryCode: "CN" }`;

/** One request for each step, as a storefront makes them. */
const steps: readonly ((order: Found) => string)[] = [
  ...[1, 2, 3].map((id) => () => {
    const add = `addItemToOrder(productVariantId: "${id}", quantity: 2)`;
    return `mutation { ${add} { __typename ... on Order { code totalWithTax } } }`;
  }),
  () => {
    shoppers += 1;
    const customer = `firstName: "Wang", lastName: "Xiaoming",
      emailAddress: "w${process.pid}-${shoppers}@example.com"`;
    return `mutation { setCustomerForOrder(input: { ${customer} }) { __typename } }`;
  },
  () => `mutation { setOrderShippingAddress(input: ${address}) { __typename } }`,
  () => `query { eligibleShippingMethods { id } }`,
  ({ shipping }) => `mutation { setOrderShippingMethod(shippingMethodId: ["${shipping}"])
    { __typename } }`,
  () => `mutation { transitionOrderToState(state: "ArrangingPayment") { __typename } }`,
  () => `mutation { addPaymentToOrder(input: { method: "dummy", metadata: {} })
    { __typename ... on Order { state } } }`,
];

interface Found {
  token: string;
  shipping: string;
}
let shoppers = 0;

async function checkout(http: RawHttp): Promise<void> {
  const found: Found = { token: '', shipping: '' };
  let last = '';
  for (const step of steps) {
    const body = JSON.stringify({ query: step(found) });
    const json = { 'content-type': 'application/json' };
    const headers = found.token ? { ...json, authorization: `Bearer ${found.token}` } : json;
    const answer = await http.ask({ method: 'POST', path: '/shop-api', headers, body });
    if (answer.status !== 200 || /"errors"|Error"/.test(answer.text)) throw new Error(answer.text);
    found.token = /\nvendure-auth-token: *(\S+)/i.exec(answer.head)?.[1] ?? found.token;
    found.shipping ||= /"eligibleShippingMethods":\[\{"id":"(\w+)"/.exec(answer.text)?.[1] ?? '';
    last = answer.text;
  }
  if (!last.includes('PaymentSettled')) throw new Error(`not settled: ${last}`);
}

async function run({ url, clients, ms }: CheckoutTask): Promise<CheckoutsDone> {
  const latenciesMs: number[] = [];
  const startedMs = performance.now();
  const shop = async () => {
    const http = new RawHttp(url);
    while (performance.now() < startedMs + ms) {
      const from = performance.now();
      await checkout(http);
      latenciesMs.push(performance.now() - from);
    }
    http.close();
  };
  await Promise.all(Array.from({ length: clients }, shop));
  return { latenciesMs, failures: 0, ms: performance.now() - startedMs };
}

carriesOut(run);
