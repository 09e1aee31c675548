// Why a day has no bill, or its file is not believed, in the server's words (the pay service's
// BillError), as people read it.
import { wordsOfAnswer } from './answer-words.js';

const notWhole = ['账单文件不完整', 'The file of the bill is not whole'];
const notItsSums = ['账单与它的汇总不符', 'The bill is not what its summary says'];
const anothers = ['不是这一天或这个商户的账单', 'The bill is of another day or merchant'];
const notItsHash = [
  '账单文件与微信给的 SHA1 不符',
  'The file does not have the SHA1 that WeChat gives',
];
const notReadable = ['账单文件不能读取', 'The file of the bill cannot be read'];
const unbelieved = [
  '账单文件不完整或不可信',
  'The file of the bill is not whole, or not what it claims to be',
];

/** What it is, by what the server says, and that in Chinese. */
const refusals = [
  [/^it cannot be unzipped: unexpected end of file/, notWhole, () => '压缩文件被截断'],
  [/^it cannot be unzipped: /, notReadable, () => '文件无法解压'],
  [/^it ends without its sums: it was cut$/, notWhole, () => '文件没有汇总行，被截断了'],
  [
    /^a row has (\d+) fields and not (\d+)$/,
    notReadable,
    (is, wanted) => `有一行是 ${is} 列，应为 ${wanted} 列`,
  ],
  [
    /^it has (\d+) rows, and its last line says another number$/,
    notItsSums,
    (rows) => `文件有 ${rows} 笔，汇总行写的是另一个数`,
  ],
  [/^its rows do not add up to its (.+)$/, notItsSums, (name) => `各行之和与汇总行的“${name}”不符`],
  [
    /^its SHA1 is (\S+), and WeChat says (\S+)$/,
    notItsHash,
    (is, said) => `文件的 SHA1 是 ${is}，微信说是 ${said}`,
  ],
  [
    /^a row is of the merchant (.*), and not of (.*)$/,
    anothers,
    (is, wanted) => `有一行属于商户 ${is}，不是 ${wanted}`,
  ],
  [
    /^a row is of (.*), and not of (.*)$/,
    anothers,
    (is, wanted) => `有一行是 ${is} 的，不是 ${wanted} 的`,
  ],
  [/^it has more than (\d+) bytes$/, notReadable, (bytes) => `文件超过 ${bytes} 字节`],
  [/^it has no column (.+)$/, notReadable, (name) => `没有“${name}”这一列`],
  [/^two of its columns have one name$/, notReadable, () => '有两列同名'],
  [/^it does not begin with the names of its columns$/, notReadable, () => '开头没有列名'],
  [/^it goes on behind its sums$/, notReadable, () => '汇总行之后还有内容'],
  [/^it has a line of names too many$/, notReadable, () => '多了一行列名'],
  [/^it has a line that (never ends|is too long)$/, notReadable, () => '有一行太长'],
  [/^(\S+) is too long$/, notReadable, (name) => `有一行的“${name}”太长`],
  [/^(\S+) is no (amount|time) in a row$/, notReadable, (name) => `有一行的“${name}”无效`],
];

const waits = {
  'WeChat is still making it': '微信还在生成账单',
  'WeChat has it no more': '微信已没有这一天的账单',
  'the file keeps changing': '文件在读取时一再变化',
};

const refusalOf = (reason) => refusals.find(([pattern]) => pattern.test(reason ?? ''));

/** What is wrong with a file that was not compared. */
export const titleOfRefusal = (reason) => refusalOf(reason)?.[1] ?? unbelieved;

/** What came last instead of a bill. */
export function wordsOfBillReason(reason) {
  const [pattern, , say] = refusalOf(reason) ?? [];
  if (pattern) return [say(...pattern.exec(reason).slice(1)), reason];
  return Object.hasOwn(waits, reason) ? [waits[reason], reason] : wordsOfAnswer(reason);
}
