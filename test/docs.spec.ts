import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { test } from 'node:test';
import { errorKind } from '@saoma/contracts/errors';
import { AnomalyKind, PayEventKind } from '@saoma/contracts/operator';
import { decisions } from '../scripts/docs/decisions';
import { generatedPages } from '../scripts/docs/pages';
import { errorCodes, problemFile } from '../scripts/docs/problems';
import { textOf } from '../scripts/docs/source-words';
import { unknownTests } from './tidy/test-names';
import { anchorOf, laggingTranslations, sectionsOf } from './tidy/translations';
import { files, projectRoot, readTree } from './tidy/tree';

const root = projectRoot();
const tree = readTree(root);
const pages = files(
  tree,
  /^((?:test\/)?README(?:\.zh-CN)?\.md|docs\/.*\.md|(?:apps|packages)\/[^/]+\/[A-Z]+\.md)$/,
);
const manifest = JSON.parse(textOf('package.json')) as Record<string, Record<string, string>>;

/** What stands between backticks, outside of code blocks. */
const quoted = (text: string) =>
  [...text.replace(/^```.*?^```$/gms, '').matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? '');

const anchorsOf = (text: string) => sectionsOf(text).map((section) => anchorOf(section.heading));

for (const [path, make] of Object.entries(generatedPages)) {
  test(`${path} is what the code says`, () => {
    assert.equal(textOf(path), make(), 'write it anew: npm run docs');
  });
}

test('everything calls itself the same version, one after the latest release', () => {
  const [, released = ''] = /^## ([0-9.]+) - /m.exec(textOf('CHANGELOG.md')) ?? [];
  const lock = JSON.parse(textOf('package-lock.json'));
  const packages = ['packages/client', 'apps/wechat-sandbox'].map((folder) =>
    JSON.parse(textOf(`${folder}/package.json`)),
  );
  for (const { version } of [lock, lock.packages[''], ...packages]) {
    assert.equal(version, manifest.version);
  }
  const next = `${manifest.version}`.replace(/-dev$/, '');
  assert.match(next, /^\d+\.\d+\.\d+$/);
  assert.equal(next.localeCompare(released, 'en', { numeric: true }), 1, `${released} is out`);
});

test('every link leads somewhere', () => {
  const broken = pages.flatMap(([path, text]) =>
    [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => {
      const [file = '', anchor] = link.split('#');
      if (/^https?:/.test(link)) return [];
      const target = file === '' ? path : posix.join(posix.dirname(path), file);
      if (!existsSync(join(root, target))) return [`${path}: ${link}`];
      const isThere = !anchor || anchorsOf(tree.get(target) ?? '').includes(anchor);
      return isThere ? [] : [`${path}: ${link}`];
    }),
  );
  assert.deepEqual(broken, []);
});

test('every file, folder and npm script that a page names is there', () => {
  const lost = pages.flatMap(([path, text]) => {
    const named = quoted(text).filter((word) =>
      /^(apps|deploy|examples|libs|packages|test|scripts|docs)\/[\w./-]+$/.test(word),
    );
    const missing = named.filter((word) => !existsSync(join(root, word)));
    const scripts = [...text.matchAll(/npm run ([a-z]+(?:-[a-z]+)*)/g)].map(
      (match) => match[1] ?? '',
    );
    const unknown = scripts.filter((script) => !manifest.scripts?.[script]);
    return [...missing, ...unknown].map((word) => `${path}: ${word}`);
  });
  assert.deepEqual(lost, []);
});

test('an example on a page is the file that it names', () => {
  const shown = pages.flatMap(([path, text]) =>
    [...text.matchAll(/^```\w+\n((?:\/\/|#) (examples\/[\w./-]+).*?)^```$/gms)].map(
      ([, code, file = '']) => ({ path, code, file }),
    ),
  );
  assert.ok(shown.length > 0);
  for (const { path, code, file } of shown) assert.equal(code, textOf(file), path);
});

test('every variable and constant that a page names stands in the code', () => {
  const speaking =
    /^(apps|examples|libs|packages|scripts)\/.*\.(ts|mjs)$|^docker-compose\.yml$|^\.env\.example$/;
  const code = [...files(tree, speaking).map(([, text]) => text), textOf('.env.example')].join(
    '\n',
  );
  const strange = pages.flatMap(([path, text]) =>
    quoted(text)
      .flatMap((words) => words.match(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g) ?? [])
      .filter((name) => !new RegExp(`\\b${name}\\b`).test(code))
      .map((name) => `${path}: ${name}`),
  );
  assert.deepEqual(strange, []);
});

test('every test that the fault matrix names is there', () => {
  assert.deepEqual(unknownTests(textOf('docs/fault-matrix.md'), tree), []);
  const small = new Map([['test/a.spec.ts', `it('a shop with tea', sell)`]]);
  const page = 'see "a shop with tea" and "a test that nobody wrote"';
  assert.deepEqual(unknownTests(page, small), ['a test that nobody wrote']);
});

test('a page and its translation have the same headings, code, figures, names and links', () => {
  assert.deepEqual(laggingTranslations(tree), [], 'translate what has changed in the English page');
});

test('a translation that lags behind its page is found', () => {
  const page =
    '# A\n\n[中文](a.zh-CN.md) 5 s, `x`\n\n```sh\nrun\n```\n\n## B\n\n| 1 | [b](a.md#b) |\n';
  const translated =
    '# 甲\n\n[English](a.md) 5 秒，`x`\n\n```sh\nrun\n```\n\n## 乙\n\n| 1 | [乙](a.zh-CN.md#乙) |\n';
  const isFound = (text: string) =>
    laggingTranslations(new Map(Object.entries({ 'a.md': page, 'a.zh-CN.md': text }))).length > 0;
  assert.equal(isFound(translated), false);
  for (const word of ['## 乙', 'run', '5 秒', '`x`', '| 1 ', '1', '#乙', 'English](a.md)']) {
    assert.ok(isFound(translated.replace(word, '')), word);
  }
});

test('every problem page says its code, status and title, what happened and how to fix it', () => {
  for (const error of errorCodes) {
    const { status, title } = errorKind(error);
    const text = textOf(`docs/problems/${problemFile(error)}`);
    assert.ok(text.startsWith(`# ${error}\n\nHTTP ${status}: ${title.en}.\n`), error);
    assert.match(text, /\*\*What happened\.\*\* .+\*\*How to fix it\.\*\*\s+\S/s, error);
  }
});

test('every runtime dependency has a decision that names it', () => {
  const text = decisions()
    .map((decision) => decision.text)
    .join('\n');
  const unexplained = Object.keys(manifest.dependencies ?? {}).filter(
    (name) => !text.includes(`\`${name}\``),
  );
  assert.deepEqual(unexplained, []);
});

test('every decision says choice, reason, alternatives and what would change our mind', () => {
  for (const { path, text } of decisions()) {
    for (const part of ['Choice', 'Reason', 'Alternatives', 'What would change our mind']) {
      assert.ok(text.includes(`\n**${part}.**`), `${path}: ${part}`);
    }
  }
});

test('the operators page explains every kind of the timeline and every kind of anomaly', () => {
  const page = textOf('docs/operating.md');
  const kinds = [...PayEventKind.options, ...AnomalyKind.options];
  assert.deepEqual(
    kinds.filter((kind) => !page.includes(`| \`${kind}\` |`)),
    [],
  );
});
