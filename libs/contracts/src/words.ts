/** A sentence for people, in the languages that they are spoken to in. */
export interface Words {
  readonly en: string;
  readonly zh: string;
}
export type Language = keyof Words;

/** What the rules of the contracts say, by the English that a schema carries. */
const sentences = new Map<string, Words>();

/**
 * What a rule of a schema says when it is not kept, written once in both languages where the rule
 * is. The schema carries the English; `sentenceOf` finds the other one.
 */
export function sentence(en: string, zh: string): string {
  sentences.set(en, { en, zh });
  return en;
}

/** Those of all rules that have been loaded. */
export function allSentences(): Words[] {
  return [...sentences.values()];
}

/** The sentence of a rule in all languages; undefined if the message is no `sentence`. */
export function sentenceOf(message: string): Words | undefined {
  return sentences.get(message);
}
