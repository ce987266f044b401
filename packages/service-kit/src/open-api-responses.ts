import type { ProblemCode } from '@rewards/contracts';
import type { RecordedAnswer } from './open-api-examples';
import { headerRefs, type ResponseHeader } from './open-api-headers';
import type { Json } from './open-api-schema';
import { describeCode, oneOfProblems } from './problem-schemas';

export const JSON_TYPE = 'application/json';
const PROBLEM_TYPE = 'application/problem+json';

/** Adds recorded answers as examples. */
export const withExamples = (content: Readonly<Record<string, Json>>, answers: readonly RecordedAnswer[]): Json =>
  Object.fromEntries(
    Object.entries(content).map(([type, media]) => [
      type,
      {
        ...media,
        ...(answers.length > 0 && {
          examples: Object.fromEntries(answers.map(({ name, body }) => [name, { value: body }])),
        }),
      },
    ]),
  );

/** Describes a response with a problem of one of these codes. @param isHealth whether it reports what is down */
export const problemResponse = (
  codes: readonly ProblemCode[],
  headers: readonly ResponseHeader[],
  examples: readonly RecordedAnswer[],
  isHealth = false,
): Json => ({
  description: codes.map((code) => `\`${code}\`: ${describeCode(code)}`).join('\n\n'),
  headers: headerRefs(headers),
  content: withExamples({ [PROBLEM_TYPE]: { schema: oneOfProblems(codes, isHealth) } }, examples),
});
