import { request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HttpService } from '@rewards/service-kit/http-service';
import type { OpenApiDocument } from '@rewards/service-kit/open-api-schema';
import { ApiContract, isJson, type Exchange } from './api-contract';

export interface HttpRequest {
  /** By default, POST with a body and GET without one. */
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'OPTIONS';
  /** With its query. */
  readonly path: string;
  /** The account whose access token the request carries; null for none. */
  readonly as?: { readonly authorization: string } | null;
  /** An object is sent as JSON, text or bytes unchanged; both with the content type of JSON, unless the headers set another. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export class HttpResponse {
  /** @param body parsed JSON, or the text of any other response */
  constructor(
    readonly status: number,
    readonly headers: Readonly<Record<string, string | undefined>>,
    readonly text: string,
    // The body of a response is what a test is about.
    // eslint-disable-next-line @typescript-eslint/no-explicit-any
    readonly body: any,
  ) {}

  /** The member of the body that contains the result. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  get data(): any {
    return this.body?.data;
  }
}

/** The expectation with which a response is compared. */
export type ExpectedResponse = Omit<HttpResponse, 'data'>;

type Service = Pick<HttpService, 'inject'>;

const contracts = new WeakMap<Service, Promise<ApiContract>>();

/** Returns the contract of the service's own OpenAPI document. */
const contractOf = (service: Service): Promise<ApiContract> => {
  const cached = contracts.get(service);
  if (cached) return cached;
  const read = service.inject('/api-docs.json').then((response) => new ApiContract(response.json<OpenApiDocument>()));
  contracts.set(service, read);
  return read;
};

/**
 * Sends a request to a service without a socket. Every HTTP spec uses this function, so every response is compared with the
 * service's OpenAPI document.
 * @throws Error if the response does not match the document
 */
export const send = async (
  service: Service,
  { path, as = null, body: payload, headers = {}, ...rest }: HttpRequest,
): Promise<HttpResponse> => {
  const method = rest.method ?? (payload === undefined ? 'GET' : 'POST');
  const response = await service.inject({
    method,
    url: path,
    headers: {
      ...(as && { authorization: as.authorization }),
      ...(payload !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(payload !== undefined && { payload: isRaw(payload) ? payload : JSON.stringify(payload) }),
  });
  const { statusCode: status, headers: received, body: text } = response;
  const contentType = received['content-type']?.toString();
  await requireDescribed(service, { method, url: path, status, headers: received, body: text });
  const body = isJson(contentType ?? '') && text !== '' ? (JSON.parse(text) as unknown) : text;
  return new HttpResponse(status, { ...ABSENT, ...(received as HttpResponse['headers']) }, text, body);
};

/** Headers of the API, undefined if a response lacks them, so that a test can expect their absence. */
const ABSENT = Object.fromEntries(
  ['etag', 'location', 'x-position', 'retry-after', 'idempotent-replayed', 'allow', 'www-authenticate'].map((name) => [
    name,
    undefined,
  ]),
);

/**
 * Sends a GET over a separate connection, for a response that is read incrementally. Its status and content type are compared
 * with the document.
 * @param service listens on a port
 */
export const openStream = async (
  service: Pick<HttpService, 'inject' | 'getHttpServer'>,
  { path, as = null, headers = {} }: Pick<HttpRequest, 'path' | 'as' | 'headers'>,
): Promise<IncomingMessage> => {
  const { port } = service.getHttpServer().address() as AddressInfo;
  const options = { port, host: '127.0.0.1', path, headers: { ...(as && { authorization: as.authorization }), ...headers } };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ ...options, agent: false }, resolve)
      .on('error', reject)
      .end();
  });
  const { statusCode: status = 0, headers: received } = response;
  await requireDescribed(service, { method: 'HEAD', url: path, status, headers: received, body: '' });
  return response;
};

/** Paths that a service serves in addition to its operations. */
const PAGES = /^\/(health(\/(live|ready))?|metrics|api-docs(\.json|\.yaml|\/.*)?|internal\/.*)?$/;
const isPage = (url: string): boolean => PAGES.test(url.split('?')[0] ?? '');

interface Remote {
  readonly contract: ApiContract;
  readonly paths: number;
}
const remotes = new Map<string, Promise<Remote>>();

/** Returns the most complete contract of the system, because a gateway whose services are down serves only a part, or none. */
const contractAt = async (baseUrl: string): Promise<ApiContract> => {
  const [first] = remotes.values();
  const found = remotes.get(baseUrl) ?? mostComplete(readRemote(baseUrl), first);
  remotes.set(baseUrl, found);
  found.catch(() => remotes.delete(baseUrl));
  return (await found).contract;
};

const mostComplete = async (read: Promise<Remote>, first: Promise<Remote> | undefined): Promise<Remote> => {
  if (!first) return read;
  const [own, another] = await Promise.all([read.catch(() => null), first]);
  return own && own.paths >= another.paths ? own : another;
};

const readRemote = async (baseUrl: string): Promise<Remote> => {
  const response = await fetch(`${baseUrl}/api-docs.json`);
  if (response.status !== 200) throw new Error(`${baseUrl}/api-docs.json answers ${response.status}`);
  const document = (await response.json()) as OpenApiDocument;
  return { contract: new ApiContract(document), paths: Object.keys(document.paths ?? {}).length };
};

/**
 * Calls `fetch` on a listening service or gateway, and compares the response with the document that it serves.
 * @throws Error if the response does not match the document
 */
export const fetchFrom = async (baseUrl: string, path: string, init: RequestInit = {}): Promise<Response> => {
  const response = await fetch(`${baseUrl}${path}`, init);
  if (isPage(path)) return response;
  const isStream = response.headers.get('content-type')?.includes('event-stream');
  const exchange = {
    method: isStream ? 'HEAD' : (init.method ?? 'GET'),
    url: path,
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: isStream ? '' : await response.clone().text(),
  };
  requireNone((await contractAt(baseUrl)).responseViolations(exchange), exchange);
  return response;
};

const isRaw = (payload: unknown): payload is string | Buffer => typeof payload === 'string' || Buffer.isBuffer(payload);

const requireDescribed = async (service: Service, exchange: Exchange): Promise<void> => {
  if (!isPage(exchange.url)) requireNone((await contractOf(service)).responseViolations(exchange), exchange);
};

const requireNone = (faults: readonly string[], { method, url, status, body }: Exchange): void => {
  if (faults.length === 0) return;
  throw new Error(`the OpenAPI document does not describe ${status} of ${method} ${url}:\n${faults.join('\n')}\n${String(body)}`);
};

const TRACE_ID = /^[0-9a-f]{32}$/;

/** Matches the whole body of a rejection. @param members of the code, in addition to the common ones */
export const problemBody = (status: number, code: string, members: object = {}): object => ({
  type: `urn:problem:login-rewards:${code}`,
  title: expect.any(String) as string,
  status,
  detail: expect.any(String) as string,
  code,
  traceId: expect.stringMatching(TRACE_ID) as string,
  ...members,
});

/** Matches the members of a VALIDATION_FAILED with errors of these fields, in this order. */
export const errorsOf = (...fields: readonly string[]): object => ({
  errors: fields.map((field) => ({ field, message: expect.any(String) as string })),
});

/** Matches a response with this whole body and at least these headers, of which undefined ones are absent. */
export const responseWith = (
  status: number,
  body: unknown,
  headers: Readonly<Record<string, unknown>> = {},
): ExpectedResponse => ({
  status,
  headers: headersWith(headers),
  text: expect.any(String) as string,
  body,
});

const headersWith = (headers: Readonly<Record<string, unknown>>): HttpResponse['headers'] =>
  expect.objectContaining(headers) as HttpResponse['headers'];

/** Matches a response whose body is `{ data }`. */
export const dataOf = (status: number, data: unknown, headers?: Readonly<Record<string, unknown>>): ExpectedResponse =>
  responseWith(status, { data }, headers);

/** Matches a rejection as problem+json, including its whole body. */
export const problemOf = (
  status: number,
  code: string,
  members: object = {},
  headers: Readonly<Record<string, unknown>> = {},
): ExpectedResponse =>
  responseWith(status, problemBody(status, code, members), {
    'content-type': 'application/problem+json; charset=utf-8',
    ...headers,
  });

/** Matches a 400 with errors of these fields, in this order. */
export const invalidOf = (...fields: readonly string[]): ExpectedResponse =>
  problemOf(400, 'VALIDATION_FAILED', errorsOf(...fields));
