import { posix } from 'node:path';
import { type Finding, files, type Tree } from './tree';

/** The lines of a page from one heading to the next. */
interface Section {
  readonly heading: string;
  readonly code: string[];
  readonly rows: string[];
  /** The heading, and all that is neither code nor a row of a table. */
  readonly prose: string[];
}

const translation = /\.zh-CN\.md$/;
const twinOf = (path: string) =>
  translation.test(path) ? path.replace(translation, '.md') : path.replace(/\.md$/, '.zh-CN.md');

const matches = (text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].map((match) => match[1] ?? match[0]);
const unique = (words: string[]) => [...new Set(words)].sort();

/** `APIv3` has none. */
const figure = /(?<![A-Za-z\d.,])\d+(?:[.,]\d+)*/g;
const inOneLine = (text: string) => text.replace(/\s+/g, ' ');
const codeWords = (text: string) => unique(matches(inOneLine(text), /`([^`]+)`/g));
const linksOf = (text: string) => matches(text, /\]\(([^)\s]+)\)/g);

/** The figures of a text; not those of code, of addresses and of a list's own numbers. */
function numbersOf(text: string): string[] {
  const unlisted = inOneLine(text.replace(/^ *\d+\. /gm, ''));
  return matches(unlisted.replace(/`[^`]+`|\]\([^)\s]+\)/g, ' '), figure).sort();
}

/** The sections of a page; the first one begins with its title. */
export function sectionsOf(text: string): Section[] {
  const sections: Section[] = [];
  let isCode = false;
  for (const line of text.split('\n')) {
    const isFence = /^ *```/.test(line);
    const isHeading = !isCode && /^#+ /.test(line);
    if (isHeading) sections.push({ heading: line, code: [], rows: [], prose: [] });
    const section = sections.at(-1);
    if (isCode || isFence) section?.code.push(line);
    else if (/^ *\|/.test(line)) section?.rows.push(line);
    else section?.prose.push(line);
    if (isFence) isCode = !isCode;
  }
  return sections;
}

const textOf = ({ code, rows, prose }: Section) => [...prose, ...rows, ...code].join('\n');

/** The anchor of a heading, as GitHub makes it. */
export const anchorOf = (heading: string) =>
  heading
    .replace(/^#+ /, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');

/** Where a link of a page leads in its translation: to the translated page, if there is one. */
function translatedLink(link: string, path: string, tree: Tree): string {
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? path : posix.join(posix.dirname(path), file);
  const [from, to] = [tree.get(target), tree.get(twinOf(target))];
  if (from === undefined || to === undefined) return link;
  const place = sectionsOf(from).findIndex((section) => anchorOf(section.heading) === anchor);
  const there = anchor ? `#${anchorOf(sectionsOf(to)[place]?.heading ?? '')}` : '';
  return `${file === '' ? '' : twinOf(file)}${there}`;
}

const level = (section: Section | undefined) => section?.heading.match(/^#+/)?.[0].length;
const same = (some: string[], others: string[]) => some.join('\n') === others.join('\n');

/** What a row of a table must have in common with the row that translates it. */
const factsOf = (row: string) => [
  `${row.split('|').length} cells`,
  ...codeWords(row),
  ...numbersOf(row),
];

/** What `section` says outside of its tables and the other one says nowhere. */
function missing(section: Section, other: Section): string[] {
  const prose = section.prose.join('\n');
  const elsewhere = inOneLine(textOf(other));
  const figures = matches(elsewhere, figure);
  const lost = [
    ...codeWords(prose).filter((word) => !elsewhere.includes(word)),
    ...unique(numbersOf(prose)).filter((number) => !figures.includes(number)),
  ];
  return lost.map((word) => `only "${section.heading}" says ${word}`);
}

function differences(page: Section, translated: Section): string[] {
  const code = same(page.code, translated.code) ? [] : ['its blocks of code are others'];
  const isAsLong = page.rows.length === translated.rows.length;
  const rows = page.rows.flatMap((row, index) => {
    const other = translated.rows[index] ?? '';
    return same(factsOf(row), factsOf(other)) ? [] : [`"${row}" is not what "${other}" says`];
  });
  return [
    ...code,
    ...(isAsLong ? rows : ['its tables have not as many rows']),
    ...missing(page, translated),
    ...missing(translated, page),
  ];
}

/**
 * Every translated page that says something else than its English one, as far as a program can
 * tell: headings, code, tables, figures, names in code, and where its links lead.
 */
export function laggingTranslations(tree: Tree): Finding[] {
  return files(tree, translation).flatMap(([path, text]) => {
    const original = twinOf(path);
    const pages = sectionsOf(tree.get(original) ?? '');
    const translated = sectionsOf(text);
    const levels = [pages, translated].map((sections) => sections.map(level).join(' '));
    if (levels[0] !== levels[1]) return [`${path}: has not the headings of ${original}` as const];
    return pages.flatMap((page, index): Finding[] => {
      const other = translated[index];
      if (!other) return [];
      const wanted = unique(
        linksOf(textOf(page)).map((link) => translatedLink(link, original, tree)),
      );
      const links = unique(linksOf(textOf(other)));
      const told = differences(page, other);
      told.push(
        ...wanted.filter((link) => !links.includes(link)).map((link) => `no link to ${link}`),
        ...links.filter((link) => !wanted.includes(link)).map((link) => `a link to ${link}`),
      );
      if (index === 0 && !links.includes(posix.basename(original))) {
        told.push('no link leads to the English page');
      }
      return told.map((what): Finding => `${path}, "${other.heading}": ${what}`);
    });
  });
}
