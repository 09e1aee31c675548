import { bills } from '@saoma/contracts/bills';
import { cart } from '@saoma/contracts/cart';
import { commonErrors, type Method, patternOf, type Service } from '@saoma/contracts/define';
import { health } from '@saoma/contracts/health';
import { notices } from '@saoma/contracts/notices';
import { operator } from '@saoma/contracts/operator';
import { orders } from '@saoma/contracts/orders';
import { dealings } from '@saoma/contracts/pay';
import { payments } from '@saoma/contracts/payments';
import { personalData } from '@saoma/contracts/personal-data';
import { refunds } from '@saoma/contracts/refunds';
import { statistics } from '@saoma/contracts/statistics';
import { code, page, table } from './markdown';
import { namedShapes, shapeText, spelledOut } from './shapes';

interface Slice {
  readonly contract: Service;
  readonly title: string;
  readonly file: string;
}

const slices: readonly Slice[] = [
  { contract: cart, title: 'Cart, of the order service', file: 'cart' },
  { contract: orders, title: 'Orders, of the order service', file: 'orders' },
  { contract: payments, title: 'Payments, of the order service', file: 'payments' },
  { contract: refunds, title: 'Refunds, of the order service', file: 'refunds' },
  { contract: notices, title: "WeChat's notices, to the order service", file: 'notices' },
  { contract: operator, title: 'What operators do, of the order service', file: 'operator' },
  { contract: statistics, title: 'Figures, of the order service', file: 'statistics' },
  { contract: personalData, title: 'Personal data, of the order service', file: 'personal-data' },
  { contract: health, title: 'Health, of the order service', file: 'health' },
  { contract: dealings, title: 'The pay service', file: 'pay' },
  { contract: bills, title: "WeChat's daily bills, of the pay service", file: 'bills' },
];

/** Every call between the services, written from the contracts. */
export function rpcPage(): string {
  return page(
    'Calls between the services',
    [
      'Every call is made over Nest TCP with the client and the server that',
      '[decision 0002](decisions/0002-rpc-over-nest-tcp.md) explains. Both sides check it against',
      'the one contract. Besides the errors that a method names it can fail with',
      `${errorList(commonErrors)}. \`service/unavailable\` means that nobody knows whether the`,
      'call was carried out.',
      '',
      'Of several instances one that certainly did not carry a call out, because it could not be',
      'reached or refused the call while it was stopping, is left for another one. A method that',
      'can be repeated is also asked for again when its answer is lost. All this is within the',
      'time that a caller waits:',
      '[decision 0035](decisions/0035-several-addresses-in-the-client.md).',
    ].join('\n'),
    ...slices.flatMap(slicePart),
    '## Shapes',
    'Names that the methods above use.',
    table(['name', 'is', 'meaning'], namedShapes.map(shapeRow)),
  );
}

const errorList = (codes: readonly string[]) => codes.map(code).join(', ');

function slicePart({ contract, title, file }: Slice): string[] {
  const methods = Object.entries(contract.methods);
  const rows = methods.map(([name, method]) => [
    `[${code(patternOf(contract, name))}](#${anchorOf(contract, name)})`,
    `${method.limitMsMax}${method.stream ? ' each' : ''}`,
    method.stream ? 'many' : method.list ? 'a list' : 'one',
    repeatsOf(method),
  ]);
  return [
    `## ${title}`,
    `From [libs/contracts/src/${file}.ts](../libs/contracts/src/${file}.ts).`,
    table(['method', 'a caller waits at most (ms)', 'answers', 'can be repeated'], rows),
    ...methods.map(([name, method]) => methodPart(contract, name, method)),
  ];
}

function repeatsOf({ stream, repeatable, whileAwaited }: Method): string {
  if (stream) return 'by its caller';
  if (!repeatable) return 'no';
  return whileAwaited ? 'while it is awaited' : 'yes';
}

/** As GitHub names a heading. */
const anchorOf = (contract: Service, name: string) =>
  patternOf(contract, name).toLowerCase().replaceAll('.', '');

function methodPart(contract: Service, name: string, method: Method): string {
  return [
    `### ${patternOf(contract, name)}`,
    '',
    method.summary,
    '',
    `- takes ${code(shapeText(method.input))}`,
    `- answers ${code(shapeText(method.output))}`,
    ...(method.errors ? [`- fails with ${errorList(method.errors)}`] : []),
  ].join('\n');
}

function shapeRow({ name, schema, doc }: (typeof namedShapes)[number]): string[] {
  return [code(name), code(spelledOut(schema)), doc.replace(/\n+- /g, ' ')];
}
