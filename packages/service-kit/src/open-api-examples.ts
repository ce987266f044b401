import recorded from './recorded-answers.json';

/** A response that a test recorded. Ids, times and tokens are replaced; everything else is real. */
export interface RecordedAnswer {
  /** The problem code, or a name that distinguishes this success from others of the operation. */
  readonly name: string;
  /** Body of the request of a success, if it has one. */
  readonly request?: unknown;
  readonly status: number;
  readonly type?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface RecordedExamples {
  /** Problems that are the same for most operations, by code. */
  readonly shared: Readonly<Record<string, RecordedAnswer>>;
  /** By operation id, then in the order of their statuses. */
  readonly operations: Readonly<Record<string, readonly RecordedAnswer[]>>;
}

/** Responses that `e2e/api-examples.int.spec.ts` recorded. That spec fails if the system responds differently. */
const EXAMPLES = recorded as unknown as RecordedExamples;

/** Returns the recorded responses of an operation with a status. @param codes of the status; empty for a success */
export const examplesOf = (id: string, status: number, codes: readonly string[]): readonly RecordedAnswer[] => {
  const own = (EXAMPLES.operations[id] ?? []).filter((answer) => answer.status === status);
  const shared = codes
    .filter((code) => !own.some(({ name }) => name === code))
    .flatMap((code) => (Object.hasOwn(EXAMPLES.shared, code) ? [EXAMPLES.shared[code] as RecordedAnswer] : []));
  return [...own, ...shared];
};
