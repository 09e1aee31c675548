import { type Method, patternOf, type Service } from '@saoma/contracts/define';
import { orderService } from '@saoma/contracts/order';
import { payService } from '@saoma/contracts/pay';
import { code, page, table } from './markdown';
import { namedShapes, shapeText, spelledOut } from './shapes';
import { docstringsOf } from './source-words';

const services: readonly { contract: Service; file: string; whose: string }[] = [
  { contract: orderService, file: 'libs/contracts/src/order.ts', whose: 'the order service' },
  { contract: payService, file: 'libs/contracts/src/pay.ts', whose: 'the pay service' },
];

/** Every call between the services, written from the contracts. */
export function rpcPage(): string {
  return page(
    'Calls between the services',
    [
      'Every call is made over Nest TCP with the client and the server that',
      '[decision 0002](decisions/0002-rpc-over-nest-tcp.md) explains. Both sides check it against',
      'the one contract. Besides the errors that a method names it can fail with',
      '`request/invalid`, `service/unavailable` (nobody knows whether it was carried out) and',
      '`service/bug`.',
    ].join('\n'),
    ...services.flatMap(servicePart),
    '## Shapes',
    'Names that the methods above use.',
    table(['name', 'is', 'meaning'], namedShapes.map(shapeRow)),
  );
}

function servicePart({ contract, file, whose }: (typeof services)[number]): string[] {
  const docs = docstringsOf(file);
  const methods = Object.entries(contract.methods);
  const rows = methods.map(([name, method]) => [
    `[${code(patternOf(contract, name))}](#${anchorOf(contract, name)})`,
    `${method.limitMsMax}${method.stream ? ' each' : ''}`,
    method.stream ? 'many' : 'one',
  ]);
  return [
    `## ${patternOf(contract, '*')}: ${whose}`,
    `From [${file}](../${file}).`,
    table(['method', 'a caller waits at most (ms)', 'answers'], rows),
    ...methods.map(([name, method]) => methodPart(contract, [name, method, docs.get(name) ?? ''])),
  ];
}

/** As GitHub names a heading. */
const anchorOf = (contract: Service, name: string) =>
  patternOf(contract, name).toLowerCase().replaceAll('.', '');

function methodPart(contract: Service, [name, method, doc]: [string, Method, string]): string {
  return [
    `### ${patternOf(contract, name)}`,
    '',
    ...(doc ? [doc, ''] : []),
    `- takes ${code(shapeText(method.input))}`,
    `- answers ${code(shapeText(method.output))}`,
  ].join('\n');
}

function shapeRow({ name, schema, doc }: (typeof namedShapes)[number]): string[] {
  return [code(name), code(spelledOut(schema)), doc];
}
