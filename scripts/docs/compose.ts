import { withPart } from './markdown';
import { textOf } from './source-words';
import { services, type Variable, variablesOf } from './variables';

export const composeFile = 'docker-compose.yml';

/** Where a service listens and is found is said by hand, or by its image. */
const isPlace = (name: string) => /^(HOST|PORT)$|_RPC(_LISTEN)?$/.test(name);

/** docker-compose.yml as it is; each service is given all of its variables that no hand gave it. */
export function composeWithVariables(): string {
  let text = textOf(composeFile);
  for (const service of Object.keys(services)) {
    const part = `variables of ${service}`;
    const block = text.split(`\n  ${service}:\n`)[1]?.split(`generated: ${part}`)[0] ?? '';
    const given = new Set([...block.matchAll(/^ {6}([A-Z][A-Z0-9_]+):/gm)].map(([, name]) => name));
    const lines = variablesOf(service)
      .filter(({ name }) => !given.has(name) && !isPlace(name))
      .flatMap(linesOf);
    text = withPart(text, part, lines.join('\n'));
  }
  return text;
}

/** A secret may stand in a file instead, so that only the service knows whether one is missing. */
function linesOf({ name, required, fileName }: Variable): string[] {
  if (fileName) return [name, fileName].map((each) => `      ${each}: \${${each}:-}`);
  return [`      ${name}: ${required ? neededFrom(name) : `\${${name}:-}`}`];
}

const neededFrom = (name: string) => `\${${name}:?give ${name} in .env}`;
