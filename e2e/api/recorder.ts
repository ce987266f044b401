import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROBLEM_STATUSES } from '@rewards/contracts';
import type { RecordedAnswer, RecordedExamples } from '@rewards/service-kit/open-api-examples';
import { RESPONSE_HEADERS } from '@rewards/service-kit/open-api-headers';
import type { ApiContract, Exchange } from '@rewards/testing/api-contract';
import { ROOT } from '../testing/system';
import { normalise } from './normalise';

const FILE = join(ROOT, 'packages/service-kit/src/recorded-answers.json');

/** Headers whose values say nothing, or depend on limits and time. */
const LEFT_OUT: ReadonlySet<string> = new Set(['X-Request-Id', 'RateLimit', 'RateLimit-Policy', 'Cache-Control', 'Retry-After']);

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

/** Sends requests, and keeps what was answered as examples of the document. */
export class Recorder {
  private readonly operations = new Map<string, RecordedAnswer[]>();
  private readonly shared = new Map<string, RecordedAnswer>();
  /** What is not as the document says. */
  readonly faults: string[] = [];

  constructor(
    private readonly contract: ApiContract,
    private readonly keptTimes: ReadonlySet<string>,
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
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    const answer = {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: isJson ? (JSON.parse(content) as unknown) : content,
    };
    this.faults.push(...this.check({ method, url, ...answer, requestBody: body }));
    return answer;
  }

  /** @returns what of a response, and of the body of an accepted request, is not as the document says */
  check(exchange: Exchange): readonly string[] {
    const { method, url, status } = exchange;
    const found = [...this.contract.responseFaults(exchange), ...(status < 300 ? this.contract.requestFaults(exchange) : [])];
    return found.map((fault) => `${method} ${url} answers ${status}: ${fault}`);
  }

  /** Keeps an answer as an example of an operation. @param name its code, or what tells it from other successes */
  keep(operationId: string, name: string, { status, headers, body }: Answer, request?: unknown): void {
    const shown = Object.keys(RESPONSE_HEADERS).filter(
      (header) => !LEFT_OUT.has(header) && headers[header.toLowerCase()] !== undefined,
    );
    const example = normalise<RecordedAnswer>(
      {
        name,
        ...(request !== undefined && status < 300 && { request }),
        status,
        headers: Object.fromEntries(shown.map((header) => [header, headers[header.toLowerCase()] as string])),
        ...(body !== '' && { body }),
      },
      this.keptTimes,
    );
    if (Object.hasOwn(PROBLEM_STATUSES, name)) {
      const known = this.shared.get(name);
      if (!known) this.shared.set(name, example);
      if (!known || JSON.stringify(known) === JSON.stringify(example)) return;
    }
    const kept = this.operations.get(operationId) ?? [];
    if (kept.some((other) => other.name === name)) throw new Error(`${operationId} has an example ${name} already`);
    this.operations.set(operationId, [...kept, example]);
  }

  /** Everything that was kept, in the order of ids, statuses and names. */
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

/** The examples that the documents carry now. */
export const storedExamples = (): RecordedExamples => JSON.parse(readFileSync(FILE, 'utf8')) as RecordedExamples;

export const storeExamples = (examples: RecordedExamples): void => writeFileSync(FILE, `${JSON.stringify(examples, null, 2)}\n`);
