import type { ApiContract } from '@rewards/testing/api-contract';
import type { Answer } from './exchange';
import type { Operation } from './open-api';

/** 5xx that say that nothing is broken. */
const EXPECTED_FAILURES: ReadonlySet<unknown> = new Set(['TRY_AGAIN', 'NOT_CAUGHT_UP']);

/** What of an answer is outside the contract, its OpenAPI document included. */
export const answerFaults = ({ method, path }: Operation, { status, headers, text }: Answer, contract: ApiContract): string[] => [
  ...['server', 'x-powered-by'].filter((name) => headers[name] !== undefined).map((name) => `the header ${name}`),
  ...contract.responseFaults({ method, url: path.replace(/\{\w+\}/g, 'x'), status, headers, body: text }),
  ...(status < 300 ? [] : problemFaults(status, text)),
];

/** What no schema says of a problem. */
const problemFaults = (status: number, text: string): string[] => {
  const { title, detail, code } = JSON.parse(text) as Readonly<Record<string, unknown>>;
  return [
    ...(String(detail).replace(/\.$/, '') === title ? [`a detail that repeats its title: ${title}`] : []),
    ...(status >= 500 && !EXPECTED_FAILURES.has(code) ? [`${status} ${String(code)}`] : []),
  ];
};
