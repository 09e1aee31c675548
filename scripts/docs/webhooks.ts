import { type DeliveryType, deliveryTypes, webhooks } from '@saoma/contracts/webhooks';
import { code, table, withPart } from './markdown';
import { Schemas, wholeSchema } from './openapi/schemas';
import { textOf } from './source-words';

export const webhooksFile = 'docs/webhooks.md';
/** Each message has a JSON Schema of its own, for whoever checks what comes in. */
export const messageSchemaFiles: Readonly<Record<string, () => string>> = Object.fromEntries(
  deliveryTypes.map((type) => [`docs/webhooks/${type}.schema.json`, () => messageSchema(type)]),
);
const schemas = new Schemas();

/** docs/webhooks.md as it is, with the messages: an example, and what each of them says. */
export function webhooksPage(): string {
  const example = schemas.example(schemas.output(webhooks['payment.paid']));
  const part = [
    'For example:',
    ['```json', JSON.stringify(example, null, 2), '```'].join('\n'),
    ...deliveryTypes.flatMap(messagePart),
  ];
  return withPart(textOf(webhooksFile), 'messages', `\n${part.join('\n\n')}\n`);
}

function messageSchema(type: DeliveryType): string {
  return `${JSON.stringify(wholeSchema(webhooks[type]), null, 2)}\n`;
}

function messagePart(type: DeliveryType): string[] {
  const { description = '', shape } = webhooks[type];
  const rows = Object.entries(shape.data.shape).map(([name, member]) => {
    const meaning = schemas.descriptionOf(schemas.output(member));
    return [code(name), meaning.replace(/\n+- /g, ' ')];
  });
  return [`### ${type}`, description, table(['in `data`', 'is'], rows)];
}
