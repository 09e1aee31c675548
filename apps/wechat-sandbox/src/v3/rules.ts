import { paramError, type Refusal, rangeError, refusals } from './refusal';

interface Base {
  /** WeChat's Chinese name of the field. */
  readonly title: string;
  readonly required?: true;
}
interface TextRule extends Base {
  readonly kind: 'text';
  readonly charsMax?: number;
  readonly bytesMin?: number;
  readonly bytesMax?: number;
  readonly pattern?: string;
}
interface IntegerRule extends Base {
  readonly kind: 'integer';
  readonly min?: number;
}
interface FlagRule extends Base {
  readonly kind: 'flag';
}
interface ListRule extends Base {
  readonly kind: 'list';
  readonly itemsMin?: number;
  readonly item: Rule;
}
interface GroupRule extends Base {
  readonly kind: 'group';
  /** Of its JSON. */
  readonly bytesMax?: number;
  readonly members: Rules;
}

/** What one field may be. */
export type Rule = TextRule | IntegerRule | FlagRule | ListRule | GroupRule;
/** The fields of an object, in the order in which they are looked at. */
export type Rules = Readonly<Record<string, Rule>>;

/** Where a field stands: `body`, `query` or `uri_template`, and the way to it from there. */
interface Place {
  readonly location: string;
  readonly path: string;
}

const jsonTypes = {
  text: 'string',
  flag: 'boolean',
  list: 'array',
  group: 'object',
} as const;

/** The first thing wrong with these fields, in WeChat's words; undefined when all are right. */
export function breaksRules(
  given: Readonly<Record<string, unknown>>,
  rules: Rules,
  place: Place,
): Refusal | undefined {
  for (const [name, rule] of Object.entries(rules)) {
    const there = { ...place, path: `${place.path}/${name}` };
    const wrong = breaksRule(Object.hasOwn(given, name) ? given[name] : undefined, rule, there);
    if (wrong) return wrong;
  }
  return undefined;
}

/** A member that WeChat's documents do not know is refused; it is looked for last. */
function hasExtraMember(given: Readonly<Record<string, unknown>>, rules: Rules): boolean {
  return Object.entries(given).some(([name, value]) => {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    return !rule || hasExtraBelow(value, rule);
  });
}

function hasExtraBelow(value: unknown, rule: Rule): boolean {
  if (rule.kind === 'group') return isObject(value) && hasExtraMember(value, rule.members);
  if (rule.kind !== 'list' || !Array.isArray(value)) return false;
  return value.some((item) => hasExtraBelow(item, rule.item));
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function breaksRule(value: unknown, rule: Rule, place: Place): Refusal | undefined {
  if (value === undefined || value === null || value === '') {
    return rule.required && missing(rule, place);
  }
  switch (rule.kind) {
    case 'text':
      return typeof value === 'string'
        ? breaksText(value, rule, place)
        : wrongType(value, rule, place);
    case 'integer':
      return breaksInteger(value, rule, place);
    case 'flag':
      return typeof value === 'boolean' ? undefined : wrongType(value, rule, place);
    case 'group':
      if (!isObject(value)) return wrongType(value, rule, place);
      return tooLong(value, rule, place) ?? breaksRules(value, rule.members, place);
    case 'list':
      if (!Array.isArray(value)) return wrongType(value, rule, place);
      if (value.length < (rule.itemsMin ?? 0)) return tooFew(value, rule, place);
      for (const [index, item] of value.entries()) {
        const there = { ...place, path: `${place.path}/${index}` };
        const wrong = breaksRule(item, rule.item, there);
        if (wrong) return wrong;
      }
      return undefined;
  }
}

function tooLong(value: object, { title, bytesMax }: GroupRule, place: Place): Refusal | undefined {
  const bytes = Buffer.byteLength(JSON.stringify(value));
  if (bytes <= (bytesMax ?? Infinity)) return undefined;
  const head = `输入源“${source(place)}”映射到值字段“${title}”规则校验失败`;
  return rangeError(`${head}，字节数 ${bytes}，大于最大值 ${bytesMax}`, {
    location: place.location,
    value: bytes,
  });
}

function tooFew(value: unknown[], { title, itemsMin }: ListRule, place: Place): Refusal {
  const head = `输入源“${source(place)}”映射到数组字段“${title}”规则校验失败`;
  const { location } = place;
  const { length } = value;
  return rangeError(`${head}，元素个数 ${length}，小于最小值 ${itemsMin}`, {
    location,
    value: length,
  });
}

function breaksText(value: string, rule: TextRule, place: Place): Refusal | undefined {
  const bytes = Buffer.byteLength(value);
  const chars = [...value].length;
  const { bytesMin = 0, bytesMax = Infinity, charsMax = Infinity, pattern } = rule;
  const head = `输入源“${source(place)}”映射到值字段“${rule.title}”字符串规则校验失败`;
  const { location } = place;
  const outOfRange = (words: string, length: number) =>
    rangeError(`${head}，${words}`, { location, value: length });
  if (bytes < bytesMin) return outOfRange(`字节数 ${bytes}，小于最小值 ${bytesMin}`, bytes);
  if (bytes > bytesMax) return outOfRange(`字节数 ${bytes}，大于最大值 ${bytesMax}`, bytes);
  if (chars > charsMax) return outOfRange(`字符数 ${chars}，大于最大值 ${charsMax}`, chars);
  if (pattern && !new RegExp(pattern).test(value)) {
    return paramError(`${head}，字符串必须匹配正则表达式“${pattern}”`, { location, value });
  }
  return undefined;
}

function breaksInteger(value: unknown, rule: IntegerRule, place: Place): Refusal | undefined {
  const { location } = place;
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    const head = `无法将 JSON 输入源“${source(place)}”映射到目标字段“${rule.title}”中`;
    return paramError(`${head}，此字段需要一个合法的 64 位有符号整数`, { location, value });
  }
  if (value >= (rule.min ?? -Infinity)) return undefined;
  const head = `输入源“${source(place)}”映射到数值字段“${rule.title}”规则校验失败`;
  return rangeError(`${head}，值低于最小值 ${rule.min}`, { location, value });
}

function missing({ title }: Rule, place: Place): Refusal {
  const head = `输入源“${source(place)}”映射到字段“${title}”必填性规则校验失败`;
  return paramError(`${head}，此字段为必填项`, { location: place.location, value: '' });
}

function wrongType(value: unknown, rule: Exclude<Rule, IntegerRule>, place: Place): Refusal {
  const head = `无法将 JSON 输入源“${source(place)}”映射到目标字段“${rule.title}”中`;
  const type = jsonTypes[rule.kind];
  return paramError(`${head}，此字段需要一个 ${type} 类型的 Json 值`, {
    location: place.location,
    value,
  });
}

const source = ({ location, path }: Place): string => `/${location}${path}`;

/** Reads a body as the object that these rules describe, or says what is wrong with it. */
export function readBody(body: Buffer, rules: Rules): Record<string, unknown> | Refusal {
  const given = parseObject(body);
  if (!given) {
    return paramError('无法将输入源“/body”解析为 JSON 对象', { location: 'body', value: '' });
  }
  const wrong = breaksRules(given, rules, { location: 'body', path: '' });
  if (wrong) return wrong;
  return hasExtraMember(given, rules) ? refusals.extraMember : given;
}

/** Undefined for what is not a JSON object in UTF-8. */
export function parseObject(body: Buffer): Record<string, unknown> | undefined {
  try {
    const given = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    return isObject(given) ? given : undefined;
  } catch {
    return undefined;
  }
}
