import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROBLEM_STATUSES } from '@rewards/contracts';
import type { RecordedAnswer, RecordedExamples } from '@rewards/service-kit/open-api-examples';
import { RESPONSE_HEADERS } from '@rewards/service-kit/open-api-headers';
import { isJson, type ApiContract, type Exchange } from '@rewards/testing/api-contract';
import { ROOT } from '../testing/system';
import { normalise } from './normalise';

const FILE = join(ROOT, 'packages/service-kit/src/recorded-answers.json');

/** Headers that are not recorded, because their values are arbitrary or depend on limits and time. */
const EXCLUDED_HEADERS: ReadonlySet<string> = new Set([
  'X-Request-Id',
  'RateLimit',
  'RateLimit-Policy',
  'Cache-Control',
  'Retry-After',
  // Contains a refresh token.
  'Set-Cookie',
]);

export interface Request {
  readonly method: string;
  /** Path with its query. */
  readonly url: string;
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  // The body of an answer is what the test is about.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
}

/** Sends requests, checks their answers against the OpenAPI document, and records them as its examples. */
export class Recorder {
  private readonly operations = new Map<string, RecordedAnswer[]>();
  private readonly shared = new Map<string, RecordedAnswer>();
  /** Violations of the document. */
  readonly violations: string[] = [];

  constructor(
    private readonly contract: ApiContract,
    private readonly fixedTimes: ReadonlySet<string>,
  ) {}

  /** Sends a request and checks its response against the document. @param base URL of a gateway */
  async send(base: string, { method, url, token, body, headers = {} }: Request): Promise<Answer> {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(`${base}${url}`, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(text !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(text !== undefined && { body: text }),
    });
    const content = await response.text();
    const answer = {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: isJson(response.headers.get('content-type') ?? '') ? (JSON.parse(content) as unknown) : content,
    };
    this.violations.push(...this.check({ method, url, ...answer, requestBody: body }));
    return answer;
  }

  /** Checks a response, and the body of an accepted request. @returns violations of the document */
  check(exchange: Exchange): readonly string[] {
    const { method, url, status } = exchange;
    const violations = [
      ...this.contract.responseViolations(exchange),
      ...(status < 300 ? this.contract.requestViolations(exchange) : []),
    ];
    return violations.map((violation) => `${method} ${url} answers ${status}: ${violation}`);
  }

  /** Records an answer as an example of an operation. @param name its code, or a name that distinguishes successes */
  record(operationId: string, name: string, { status, headers, body }: Answer, request?: unknown): void {
    const recordedHeaders = Object.keys(RESPONSE_HEADERS).filter(
      (header) => !EXCLUDED_HEADERS.has(header) && headers[header.toLowerCase()] !== undefined,
    );
    const example = normalise<RecordedAnswer>(
      {
        name,
        ...(request !== undefined && status < 300 && { request }),
        status,
        headers: Object.fromEntries(recordedHeaders.map((header) => [header, headers[header.toLowerCase()] as string])),
        ...(body !== '' && { body }),
      },
      this.fixedTimes,
    );
    if (Object.hasOwn(PROBLEM_STATUSES, name)) {
      const first = this.shared.get(name);
      if (!first) this.shared.set(name, example);
      if (!first || JSON.stringify(first) === JSON.stringify(example)) return;
    }
    const examples = this.operations.get(operationId) ?? [];
    if (examples.some((other) => other.name === name)) throw new Error(`${operationId} already has an example ${name}`);
    this.operations.set(operationId, [...examples, example]);
  }

  /** All examples, ordered by id, status and name. */
  get recorded(): RecordedExamples {
    const byName = <T>(table: ReadonlyMap<string, T>) => [...table].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      shared: Object.fromEntries(byName(this.shared)),
      operations: Object.fromEntries(
        byName(this.operations).map(([id, answers]) => [
          id,
          [...answers].sort((a, b) => a.status - b.status || (a.name < b.name ? -1 : 1)),
        ]),
      ),
    };
  }
}

/** Reads the examples that are currently in the documents. */
export const storedExamples = (): RecordedExamples => JSON.parse(readFileSync(FILE, 'utf8')) as RecordedExamples;

export const storeExamples = (examples: RecordedExamples): void => writeFileSync(FILE, `${JSON.stringify(examples, null, 2)}\n`);
