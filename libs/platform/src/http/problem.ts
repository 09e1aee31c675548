import {
  type AppError,
  type ErrorCode,
  errorKind,
  errors,
  issuesText,
} from '@saoma/contracts/errors';
import { type Language, sentenceOf } from '@saoma/contracts/words';
import { z } from 'zod';

const codes = Object.keys(errors) as ErrorCode[];
const list = codes.map(
  (code) => `- \`${code}\` (${errorKind(code).status}): ${errorKind(code).title.en}.`,
);

const Issue = z.strictObject({
  path: z
    .string()
    .meta({ description: 'Where in the request, for example `receiver.name`.', examples: ['num'] }),
  message: z.string().meta({
    description: 'What is wrong there, for people: in English or Chinese, by `Accept-Language`.',
    examples: ['Must be a whole number from 0 to 200.'],
  }),
});

/** An error as an HTTP client sees it: RFC 9457, with the stable `code` of the one table. */
export const Problem = z
  .strictObject({
    type: z.string().meta({
      description: '`urn:problem:saoma:` followed by the code.',
      examples: ['urn:problem:saoma:'],
    }),
    title: z
      .string()
      .describe('What the code means, for people: in English or Chinese, by `Accept-Language`.'),
    status: z.int().min(400).max(599).describe('The HTTP status.'),
    code: z.enum(codes).describe(['What is wrong, for programs.', '', ...list].join('\n')),
    detail: z
      .string()
      .optional()
      .describe(
        'More about this case: for shoppers in the language of `title`, for programmers and ' +
          'operators in English.',
      ),
    issues: z
      .array(Issue)
      .optional()
      .describe('What is wrong with the input, one entry for each problem.'),
    trace_id: z
      .string()
      .optional()
      .meta({
        description: 'By this the operators of the shop find in their logs what was done.',
        examples: ['4bf92f3577b34da6a3ce929d0e0e4736'],
      }),
  })
  .meta({
    id: 'Problem',
    description: 'An error, as specified by RFC 9457. Programs should read `code`.',
  });
export type Problem = z.output<typeof Problem>;

/** The error for a client of this language. */
export function problemOf({ code, detail, issues }: AppError, language: Language): Problem {
  const { status, title } = errorKind(code);
  const problem = { type: `urn:problem:saoma:${code}`, title: title[language], status, code };
  if (!issues) return { ...problem, detail: sentenceOf(detail ?? '')?.[language] ?? detail };
  return {
    ...problem,
    detail: issuesText(issues, language),
    issues: issues.map(({ path, message }) => ({ path, message: message[language] })),
  };
}
