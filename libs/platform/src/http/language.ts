/** Those that people are spoken to in. */
export type Language = 'en' | 'zh';

/** How each language is called in HTTP. */
export const tags: Readonly<Record<Language, string>> = { en: 'en', zh: 'zh-CN' };
const charactersMax = 1_000;

/**
 * The language that a client wants most of those that we speak, by Accept-Language (RFC 9110,
 * 12.5.4); English for who does not say, or wants another.
 */
export function languageOf(acceptLanguage: string | undefined): Language {
  const wanted: Record<Language, number> = { en: 0, zh: 0 };
  for (const range of (acceptLanguage ?? '').slice(0, charactersMax).split(',')) {
    const [tag = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const language = tag.split('-')[0];
    const quality = qualityIn(parameters);
    if (language === 'en' || language === 'zh') {
      wanted[language] = Math.max(wanted[language], quality);
    }
  }
  return wanted.zh > wanted.en ? 'zh' : 'en';
}

function qualityIn(parameters: readonly string[]): number {
  const told = parameters.find((parameter) => parameter.startsWith('q='));
  const quality = told === undefined ? 1 : Number(told.slice(2));
  return quality >= 0 && quality <= 1 ? quality : 0;
}
