import type { Issue } from '@saoma/contracts/errors';
import { sentenceOf, type Words } from '@saoma/contracts/words';
import type { z } from 'zod';

type ZodIssue = z.core.$ZodIssue;

const types: Readonly<Record<string, Words>> = {
  string: { en: 'Must be text.', zh: '应为文字。' },
  number: { en: 'Must be a number.', zh: '应为数字。' },
  int: { en: 'Must be a whole number.', zh: '应为整数。' },
  boolean: { en: 'Must be true or false.', zh: '应为 true 或 false。' },
  array: { en: 'Must be a list.', zh: '应为列表。' },
  object: { en: 'Must be an object with members.', zh: '应为含有成员的对象。' },
};

/** In the place of the values of a parameter that was given more than once, where one belongs. */
export class Repeated {}

const repeated: Words = { en: 'This is given twice.', zh: '此项重复。' };
const missing: Words = { en: 'This is missing.', zh: '缺少此项。' };
const unknown: Words = { en: 'There is no such member or parameter.', zh: '没有这一项。' };
const misfit: Words = { en: 'This is not written as it should be.', zh: '格式不正确。' };

/**
 * What is wrong with an input, in sentences for people, each of them once: a number above 2^53 is
 * too large for two rules of one sentence. The issues must hold the input.
 */
export function issuesOf(issues: readonly ZodIssue[]): Issue[] {
  const told = issues.flatMap(sentencesOf);
  return [...new Map(told.map((issue) => [JSON.stringify(issue), issue])).values()];
}

function sentencesOf(issue: ZodIssue): Issue[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key].join('.'), message: unknown }));
  }
  const told = issue.input instanceof Repeated ? repeated : sentenceOf(issue.message);
  return [{ path: path.join('.'), message: told ?? usual(issue) }];
}

/** For rules that say nothing of their own. */
function usual(issue: ZodIssue): Words {
  if (issue.input === undefined) return missing;
  switch (issue.code) {
    case 'invalid_type':
      return types[issue.expected] ?? misfit;
    case 'invalid_value':
      return {
        en: `Must be one of: ${issue.values.join(', ')}.`,
        zh: `应为以下之一：${issue.values.join('、')}。`,
      };
    case 'too_small':
      return bound('at least', '至少', { of: issue.origin, limit: issue.minimum });
    case 'too_big':
      return bound('at most', '最多', { of: issue.origin, limit: issue.maximum });
    default:
      return misfit;
  }
}

function bound(en: string, zh: string, { of, limit }: { of: string; limit: unknown }): Words {
  if (of === 'string') {
    return { en: `Must have ${en} ${limit} characters.`, zh: `${zh} ${limit} 个字。` };
  }
  if (of === 'array') return { en: `Must have ${en} ${limit} entries.`, zh: `${zh} ${limit} 项。` };
  return { en: `Must be ${en} ${limit}.`, zh: `${zh}为 ${limit}。` };
}
