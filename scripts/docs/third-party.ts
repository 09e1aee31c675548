import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../test/tidy/tree';
import { page, table } from './markdown';
import { textOf } from './source-words';

export const noticesFile = 'THIRD-PARTY-NOTICES.md';

/** Of a longer list of holders the first ones are told; the whole text is in the package. */
const holdersMax = 3;
const holderLengthMax = 160;

/** What package-lock.json says of a package, by its folder. */
interface Locked {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  /** Installed on some machines only, so that a text of it may not be here. */
  readonly optional?: boolean;
}

/** Every package that a service may load in production: what it is called, and who holds it. */
export function noticesPage(): string {
  const { packages } = JSON.parse(textOf('package-lock.json')) as {
    packages: Readonly<Record<string, Locked>>;
  };
  const rows = Object.entries(packages)
    .filter(([folder, { dev }]) => folder !== '' && dev !== true)
    .map(([folder, { version = '', license = '', optional }]) => {
      const name = folder.split('node_modules/').at(-1) ?? '';
      return [name, version, license, optional ? '' : holdersOf(folder)];
    });
  const once = new Map(rows.map((row) => [row.slice(0, 2).join(' '), row]));
  const sorted = [...once].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
  return page(
    'Third-party notices',
    [
      'Saoma is under the MIT licence ([LICENSE](LICENSE)). It runs with these packages of other',
      'people, each under a licence of its own. The texts of the licences are in the packages, in',
      '`node_modules` of an installation or of an image.',
    ].join('\n'),
    [
      '**`qrious` is under GPL-3.0.** It draws the code on the pay page. Whoever gives its script',
      'to others, with the pages or in an image, does so under the terms of the GPL.',
      '`STOREFRONT_QR=svg` serves `qrcode` (MIT) instead, and `qrious` can then be',
      '[left out](docs/going-live.md#without-qrious).',
    ].join('\n'),
    table(['package', 'version', 'licence', 'copyright, as its licence says it'], sorted),
  );
}

function holdersOf(folder: string): string {
  const path = join(projectRoot(), folder);
  if (!existsSync(path)) throw new Error(`${folder} is not installed: npm ci`);
  const lines = readdirSync(path)
    .filter((file) => /^(licen[cs]e|copying|notice)\b/i.test(file))
    .sort()
    .flatMap((file) => readFileSync(join(path, file), 'utf8').split('\n'))
    .map((line) => line.replace(/[^\p{L}\p{N}\p{P}© +]/gu, '').trim())
    .filter((line) => /^\W*copyright\b.*(\d{4}|\(c\)|©)/iu.test(line));
  const holders = [...new Set(lines)].slice(0, holdersMax);
  return holders.map((line) => line.slice(0, holderLengthMax)).join('; ');
}
