import { z } from 'zod';
import { sentence } from './words';

/** Line feeds, tabs and other breaks; and the blank Braille pattern, which looks like none. */
const breaks = /[\t-\r\u0085\u2028\u2029\u2800]+/gu;
/**
 * What nobody sees: controls, marks of direction, zero-width characters, joiners, variation
 * selectors, fillers, halves of characters. Letters that this Unicode does not know yet, and
 * private ones, are not among them: they may be rare names. (DI: ignorable by default.)
 */
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{DI}\p{NChar}]/gu;

/**
 * What a person typed or pasted, as they meant it: breaks become blanks, what is invisible goes,
 * the rest is composed (Unicode NFC) and trimmed. A joined emoji falls into its parts.
 */
export function cleaned(text: string): string {
  return text.replace(breaks, ' ').replace(invisible, '').normalize('NFC').trim();
}

const missing = sentence('Please fill this in.', '请填写此项。');

/**
 * Text that a person wrote. It is cleaned, not refused; then it must have 1 to so many characters,
 * counted as the columns of the tables count them.
 */
export function PersonText(charactersMax: number) {
  const tooLong = sentence(
    `Please use at most ${charactersMax} characters.`,
    `请不要超过 ${charactersMax} 个字。`,
  );
  return z
    .string({ error: ({ input }) => (input === undefined ? missing : undefined) })
    .overwrite(cleaned)
    .refine((text) => text !== '', missing)
    .refine((text) => [...text].length <= charactersMax, tooLong)
    .meta({ minLength: 1, maxLength: charactersMax });
}

/** Hyphens, dots, brackets and slashes between the digits of a phone number; and blanks. */
const separators = /[\s().\-/\u2010-\u2015\u2212]+/gu;

/** Digits, blanks and a leading `+`, also if they were typed in full width. */
function cleanedPhone(text: string): string {
  return cleaned(text.normalize('NFKC')).replace(separators, ' ').trim();
}

const phoneCharactersMax = 32;

function isPhone(text: string): boolean {
  const digits = text.replace(/[^0-9]/g, '').length;
  return (
    /^\+?[0-9 ]+$/.test(text) && digits >= 5 && digits <= 20 && text.length <= phoneCharactersMax
  );
}

/** A phone number that a person wrote: what stands between its digits becomes a blank. */
export const Phone = z
  .string({ error: ({ input }) => (input === undefined ? missing : undefined) })
  .overwrite(cleanedPhone)
  .refine(
    isPhone,
    sentence(
      'Please enter a phone number: 5 to 20 digits, with + before a country code.',
      '请填写电话号码：5 到 20 位数字，国家代码前可加 +。',
    ),
  )
  .meta({ minLength: 5, maxLength: phoneCharactersMax });

/**
 * What all ways of writing one phone number have in common: its digits, without China's country
 * code before a mobile number. Undefined for what is no phone number.
 */
export function phoneKeyOf(text: string): string | undefined {
  const digits = Phone.safeParse(text).data?.replace(/\D/g, '');
  return digits?.replace(/^(?:00)?86(?=1[0-9]{10}$)/, '');
}

/** Numbers that people read out, and apps show, in groups have at least so many digits. */
const groupedDigitsMin = 10;

/** A long number without what parts its groups, in ASCII digits; any other text cleaned. */
export function numberOf(text: string): string {
  const digits = cleaned(text.normalize('NFKC')).replace(/[\s\p{Dash}]+/gu, '');
  const isNumber = /^[0-9]+$/.test(digits) && digits.length >= groupedDigitsMin;
  return isNumber ? digits : cleaned(text);
}
