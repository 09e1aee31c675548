import { type Finding, files, type Rule } from './tree';

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
}

const fixedPackages = [
  '@nestjs/core',
  '@nestjs/microservices',
  'typeorm',
  'mysql2',
  'ioredis',
  'xml-js',
  'snowflake-id',
];

/** These were chosen once and for all. That product code uses every dependency, knip holds. */
export const fixedPackagesStay: Rule = (tree) =>
  files(tree, /^package\.json$/).flatMap(([path, text]) => {
    const { dependencies = {} } = JSON.parse(text) as Manifest;
    return fixedPackages
      .filter((name) => !(name in dependencies))
      .map((name): Finding => `${path}: ${name} is no dependency; the fixed packages stay`);
  });

/** Scripts, styles and pictures of the storefront are all named by a page, a script or the demo. */
export const noDeadPagePart: Rule = (tree) => {
  const publicFolder = /^apps\/cart-gateway\/storefront\/public\//;
  const speakers = files(tree, /^apps\/.*\.(html|js|css|ts)$/);
  return files(tree, publicFolder).flatMap(([path]): Finding[] => {
    const name = path.split('/').at(-1) ?? '';
    if (name.endsWith('.html')) return [];
    const named = speakers.some(([other, text]) => other !== path && text.includes(name));
    return named ? [] : [`${path}: no page names it; use it or remove it`];
  });
};

/** Each of our services in a compose file is given variables of its own only. */
export const composeVariables =
  (
    declared: readonly {
      readonly service: string;
      readonly name: string;
      readonly fileName: string | undefined;
    }[],
  ): Rule =>
  (tree) =>
    files(tree, /^docker-compose[\w.]*\.yml$/).flatMap(([path, text]) => {
      const blocks = text.split(/^ {2}(?=[a-z-]+:)/m).slice(1);
      return blocks.flatMap((block) => {
        const name = /^[a-z-]+/.exec(block)?.[0] ?? '';
        const own = declared.filter(({ service }) => name.startsWith(service));
        if (own.length === 0) return [];
        const given = block.matchAll(/^ {6}(?:- )?([A-Z][A-Z0-9_]+) *[:=]/gm);
        return [...given]
          .filter(([, key]) => own.every(({ name, fileName }) => name !== key && fileName !== key))
          .map(
            ([, key]): Finding =>
              `${path}: ${name} gets ${key}; if it reads it, its config.ts declares it`,
          );
      });
    });
