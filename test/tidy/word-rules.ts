import { place, withoutComments } from './sources';
import { type Finding, files, isProduct, type Rule, type Tree } from './tree';

interface Ban {
  readonly pattern: RegExp;
  /** Where it is banned. */
  readonly where: (path: string) => boolean;
  readonly cure: string;
}

const isCode = (path: string) => /\.(ts|js)$/.test(path);

/** Written in two halves, so that this file does not find itself. */
const bans: readonly Ban[] = [
  {
    pattern: new RegExp(`synchronize: ${'true'}`, 'g'),
    where: isCode,
    cure: 'write a migration; a schema that makes itself also drops columns by itself',
  },
  {
    pattern: new RegExp(`\\b${'parse'}Float\\b|\\.${'to'}Fixed\\b`, 'g'),
    where: isCode,
    cure: 'money is whole fen: move digits, no binary float',
  },
  {
    pattern: new RegExp(`(?<!\\b(?:database|settling))\\.${'transaction'}\\(`, 'g'),
    where: (path) => isProduct(path) && !path.includes('/database/'),
    cure: 'use database.transaction: a bare one runs into others on SQLite',
  },
  {
    pattern: new RegExp(`@Inject\\(${'[\'"]'}`, 'g'),
    where: isProduct,
    cure: 'inject a class: a string token is a promise that nobody checks',
  },
  {
    pattern: new RegExp(`\\bClient${'Proxy'}\\b|@${'Event'}Pattern|@${'Message'}Pattern`, 'g'),
    where: (path) => isProduct(path) && !path.startsWith('libs/platform/src/rpc/'),
    cure: 'use ClientOf and Serves of libs/platform: typed, checked and bounded in time',
  },
  {
    pattern: new RegExp(`\\bAbortSignal\\.${'any'}\\(`, 'g'),
    where: (path) => isCode(path) && path !== 'libs/platform/src/first-of.ts',
    cure: 'use firstOf of libs/platform: Node 20 may collect a time limit that nobody else holds',
  },
  {
    pattern: /xml(?!['"`])|\bCDATA\b|\breturn_code\b|\bresult_code\b/gi,
    where: (path) =>
      isProduct(path) &&
      !/^apps\/(pay-service\/src\/wechat-v2|wechat-sandbox)\/|\/notice-examples\.ts$/.test(path),
    cure: "XML is WeChat's dialect: keep it in apps/pay-service/src/wechat-v2",
  },
];

export const bannedWords: Rule = (tree) =>
  [...tree].flatMap(([path, text]) => {
    const here = bans.filter(({ where }) => where(path));
    if (here.length === 0) return [];
    const bare = withoutComments(path, text);
    return here.flatMap(({ pattern, cure }) =>
      [...bare.matchAll(pattern)].map(
        (match): Finding => `${place(path, text, match.index)}: ${match[0]}; ${cure}`,
      ),
    );
  });

const markers = new RegExp(
  `\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'].join('|')})\\b`,
);

export const noLeftovers: Rule = (tree) =>
  [...tree].flatMap(([path, text]) =>
    text.split('\n').flatMap((line, index): Finding[] => {
      const marker = markers.exec(line);
      return marker ? [`${path}:${index + 1}: ${marker[1]}; do it now or open an issue`] : [];
    }),
  );

/** The codes of the table `errors`. */
function errorCodes(tree: Tree): string[] {
  const text = tree.get('libs/contracts/src/errors.ts') ?? '';
  return [...text.matchAll(/^ {2}'([a-z]+\/[a-z-]+)': \{/gm)].map((match) => match[1] ?? '');
}

export const everyErrorHasItsPage: Rule = (tree) => {
  const pageOf = (code: string) => `docs/problems/${code.replace('/', '-')}.md`;
  const codes = errorCodes(tree);
  const pages = new Set(codes.map(pageOf));
  const lacking = codes
    .filter((code) => !tree.has(pageOf(code)))
    .map((code): Finding => `${pageOf(code)}: is missing; say what ${code} means and the cure`);
  const idle = files(tree, /^docs\/problems\/[a-z]+-/)
    .filter(([path]) => !pages.has(path))
    .map(([path]): Finding => `${path}: no error has this code; remove the page`);
  return [...lacking, ...idle];
};
