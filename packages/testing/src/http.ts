import { request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HttpService } from '@rewards/service-kit/http-service';
import { conformanceTo, isPage, type Answered, type Conformance, type OpenApiDocument } from './conformance';

export interface HttpRequest {
  /** Without one: POST with a body, GET without. */
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'OPTIONS';
  /** With its query. */
  readonly path: string;
  /** Whose access token the request carries; none for null. */
  readonly as?: { readonly authorization: string } | null;
  /** An object is sent as JSON, a text or bytes as they are; both with the content type of JSON, unless the headers name another. */
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

  /** The member of the body that holds the result. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  get data(): any {
    return this.body?.data;
  }
}

/** What a response is compared with. */
export type ExpectedResponse = Omit<HttpResponse, 'data'>;

type Service = Pick<HttpService, 'inject'>;

const conformances = new WeakMap<Service, Promise<Conformance>>();

/** The check of a service's responses against its own OpenAPI document. */
const conformanceOf = (service: Service): Promise<Conformance> => {
  const known = conformances.get(service);
  if (known) return known;
  const read = service
    .inject('/api-docs.json')
    .then((response) => conformanceTo(withKnownMembers(response.json<OpenApiDocument>())));
  conformances.set(service, read);
  return read;
};

/** What the codes come with, as long as the documents do not describe it: `problemOf` compares it per code. */
const MEMBERS_OF_CODES = [
  ...['state', 'required', 'progress', 'remaining', 'rewardName', 'revision', 'fields', 'endsAt', 'claimsUntil'],
];

const withKnownMembers = (document: OpenApiDocument): OpenApiDocument => {
  const { Problem, ...schemas } = document.components?.schemas ?? {};
  const properties = Object.fromEntries(MEMBERS_OF_CODES.map((name) => [name, {}]));
  const known = { ...Problem, properties: { ...properties, ...(Problem?.properties as object) } };
  return { ...document, components: { schemas: { ...schemas, Problem: known } } };
};

/**
 * Sends a request to a service without a socket. Every HTTP spec sends its requests here, so no response of any spec escapes
 * the comparison with the service's OpenAPI document.
 * @throws Error when the response is not as the document describes it
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
  const { statusCode: status, body: text } = response;
  const contentType = response.headers['content-type']?.toString();
  await requireConformance(service, { method, path, status, contentType, text });
  const body = contentType?.includes('json') && text !== '' ? (JSON.parse(text) as unknown) : text;
  return new HttpResponse(status, { ...ABSENT, ...(response.headers as HttpResponse['headers']) }, text, body);
};

/** Of our API: each is a member of the headers where a response has none, so that a test may compare it with undefined. */
const ABSENT = Object.fromEntries(
  ['etag', 'location', 'x-position', 'retry-after', 'idempotent-replayed', 'allow', 'www-authenticate'].map((name) => [
    name,
    undefined,
  ]),
);

/**
 * Sends a GET over a connection of its own, for a response that is read piece by piece. Its status and content type are
 * compared with the document.
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
  await requireConformance(service, { method: 'GET', path, status, contentType: received['content-type'], text: null });
  return response;
};

interface Remote {
  readonly conformance: Conformance;
  readonly paths: number;
}
const remotes = new Map<string, Promise<Remote>>();

/** A gateway whose services are down serves a part of the document, or none: the most complete one of the system is used. */
const conformanceAt = async (baseUrl: string): Promise<Conformance> => {
  const [first] = remotes.values();
  const found = remotes.get(baseUrl) ?? mostComplete(readRemote(baseUrl), first);
  remotes.set(baseUrl, found);
  found.catch(() => remotes.delete(baseUrl));
  return (await found).conformance;
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
  return { conformance: conformanceTo(withKnownMembers(document)), paths: Object.keys(document.paths).length };
};

/**
 * `fetch` for a service or gateway that listens: its response is compared with the document that it serves itself.
 * @throws Error when the response is not as the document describes it
 */
export const fetchFrom = async (baseUrl: string, path: string, init: RequestInit = {}): Promise<Response> => {
  const response = await fetch(`${baseUrl}${path}`, init);
  if (isPage(path)) return response;
  const contentType = response.headers.get('content-type') ?? undefined;
  const text = contentType?.includes('event-stream') ? null : await response.clone().text();
  const answered = { method: init.method ?? 'GET', path, status: response.status, contentType, text };
  requireNone((await conformanceAt(baseUrl))(answered), answered);
  return response;
};

const isRaw = (payload: unknown): payload is string | Buffer => typeof payload === 'string' || Buffer.isBuffer(payload);

const requireConformance = async (service: Service, answered: Answered): Promise<void> =>
  requireNone((await conformanceOf(service))(answered), answered);

const requireNone = (faults: readonly string[], answered: Answered): void => {
  if (faults.length === 0) return;
  const { method, path, status, text } = answered;
  throw new Error(`the OpenAPI document does not describe ${status} of ${method} ${path}:\n${faults.join('\n')}\n${text ?? ''}`);
};

const TRACE_ID = /^[0-9a-f]{32}$/;

/** Matches the whole body of a rejection. @param members what the code comes with beside the common members */
export const problemBody = (status: number, code: string, members: object = {}): object => ({
  type: `urn:problem:login-rewards:${code}`,
  title: expect.any(String) as string,
  status,
  detail: expect.any(String) as string,
  code,
  traceId: expect.stringMatching(TRACE_ID) as string,
  ...members,
});

/** Matches the members of a VALIDATION_FAILED: the errors are of these fields, in this order. */
export const errorsOf = (...fields: readonly string[]): object => ({
  errors: fields.map((field) => ({ field, message: expect.any(String) as string })),
});

/** Matches a whole response, its body compared whole; of the headers only those named, where undefined means absent. */
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

/** Matches a rejection as problem+json, its body compared whole. */
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

/** Matches a 400 whose errors are of these fields, in this order. */
export const invalidOf = (...fields: readonly string[]): ExpectedResponse =>
  problemOf(400, 'VALIDATION_FAILED', errorsOf(...fields));
