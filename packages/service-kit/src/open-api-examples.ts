import recorded from './recorded-answers.json';

/** One answer of the system, as a test recorded it: ids, times and tokens are made up, everything else is real. */
export interface RecordedAnswer {
  /** Of an answer with a code the code, else what tells it from the operation's other successes. */
  readonly name: string;
  /** Body of the request, of a success that has one. */
  readonly request?: unknown;
  readonly status: number;
  readonly type?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface RecordedExamples {
  /** Answers with a code that most operations give alike, by code. */
  readonly shared: Readonly<Record<string, RecordedAnswer>>;
  /** By operation id, then in the order of their statuses. */
  readonly operations: Readonly<Record<string, readonly RecordedAnswer[]>>;
}

/** What the system answered when `e2e/api-examples.int.spec.ts` asked it; that spec fails when it answers otherwise. */
export const EXAMPLES = recorded as unknown as RecordedExamples;

/** The recorded answers of an operation with a status. @param codes that it lists for the status, none for a success */
export const examplesOf = (id: string, status: number, codes: readonly string[]): readonly RecordedAnswer[] => {
  const own = (EXAMPLES.operations[id] ?? []).filter((answer) => answer.status === status);
  const shared = codes
    .filter((code) => !own.some(({ name }) => name === code))
    .flatMap((code) => (Object.hasOwn(EXAMPLES.shared, code) ? [EXAMPLES.shared[code] as RecordedAnswer] : []));
  return [...own, ...shared];
};
