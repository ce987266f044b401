import type { ApiContract } from '@rewards/testing/api-contract';
import type { Answer } from './exchange';
import type { Operation } from './open-api';

/** Codes of 5xx answers that are part of the contract. */
const EXPECTED_FAILURES: ReadonlySet<unknown> = new Set(['TRY_AGAIN', 'NOT_CAUGHT_UP']);

/** Returns violations of the contract by an answer, including its OpenAPI document. */
export const answerViolations = (
  { method, path }: Operation,
  { status, headers, text }: Answer,
  contract: ApiContract,
): string[] => [
  ...['server', 'x-powered-by'].filter((name) => headers[name] !== undefined).map((name) => `has the header ${name}`),
  ...contract.responseViolations({ method, url: path.replace(/\{\w+\}/g, 'x'), status, headers, body: text }),
  ...(status < 300 ? [] : problemViolations(status, text)),
];

/** Returns violations by a problem that a schema cannot express. */
const problemViolations = (status: number, text: string): string[] => {
  const { title, detail, code } = JSON.parse(text) as Readonly<Record<string, unknown>>;
  return [
    ...(String(detail).replace(/\.$/, '') === title ? [`a detail that repeats its title: ${title}`] : []),
    ...(status >= 500 && !EXPECTED_FAILURES.has(code) ? [`${status} ${String(code)}`] : []),
  ];
};
