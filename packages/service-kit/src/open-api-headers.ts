import { reference, type Json } from './open-api-schema';

const TOKEN = '^[0-9a-f]{48}$';

const header = (description: string, schema: Json, example: string | number, required = false): Json => ({
  description,
  ...(required && { required }),
  schema,
  example,
});

/** Every header of a response that clients may rely on. */
export const RESPONSE_HEADERS = {
  'X-Request-Id': header(
    'Identifies the request in logs and domain events: the client’s own value if it is valid',
    { type: 'string' },
    '018f6b1e-5f0a-7c6e-9b1d-2f4f5a6b7c8d',
    true,
  ),
  'Cache-Control': header('Whether and for how long the response may be stored', { type: 'string' }, 'no-store', true),
  RateLimit: header(
    'What remains of the limit closest to exhaustion, in the format of the IETF draft; missing if limits are off',
    { type: 'string' },
    '"account";r=499;t=1',
  ),
  'RateLimit-Policy': header('The limits that apply; missing if limits are off', { type: 'string' }, '"account";q=500;w=5'),
  ETag: header('The revision of the event in the response, for If-Match', { type: 'string' }, '"3"', true),
  Location: header('Where the created resource can be read', { type: 'string', format: 'uri-reference' }, '/auth/me', true),
  'X-Position': header(
    'Identifies the recorded domain event, for X-Min-Position; missing if nothing new was recorded',
    { type: 'string', pattern: TOKEN },
    '000000000000002a000000000000002a0b6f1c2d3e4f5061',
  ),
  'Idempotent-Replayed': header(
    'The request was executed before, and this is its first response',
    { type: 'string', const: 'true' },
    'true',
    true,
  ),
  'Retry-After': header('Seconds to wait before the next attempt', { type: 'integer', minimum: 0 }, 1, true),
  Allow: header('The methods that the path accepts', { type: 'string' }, 'GET, POST', true),
  'WWW-Authenticate': header('The scheme of the access token', { type: 'string', const: 'Bearer' }, 'Bearer'),
  'Set-Cookie': header(
    'The refresh token of the session, for the path of its routes only; removes the cookie if the session has ended',
    { type: 'string' },
    'console_session=cmVmcmVzaCB0b2tlbg; Path=/console/session; HttpOnly; SameSite=Strict; Max-Age=1209600',
  ),
  'Content-Disposition': header('The name of the file', { type: 'string' }, 'attachment; filename="claims.csv"', true),
} as const satisfies Readonly<Record<string, Json>>;
export type ResponseHeader = keyof typeof RESPONSE_HEADERS;

/** Headers of every response. */
export const COMMON_HEADERS = ['X-Request-Id', 'Cache-Control', 'RateLimit', 'RateLimit-Policy'] as const;

export const headerRefs = (names: readonly ResponseHeader[]): Json =>
  Object.fromEntries(names.map((name) => [name, { $ref: reference('headers', name) }]));

const parameter = (name: string, description: string, schema: Json, example: string): Json => ({
  name,
  in: 'header',
  required: false,
  description,
  schema,
  example,
});

/** Request headers that a route may accept. */
export const REQUEST_HEADERS = {
  XRequestId: parameter(
    'X-Request-Id',
    'Identifies the request in logs and domain events; a random one by default.',
    { type: 'string' },
    '018f6b1e-5f0a-7c6e-9b1d-2f4f5a6b7c8d',
  ),
  Traceparent: parameter(
    'traceparent',
    'The trace that the request belongs to, in the format of W3C Trace Context.',
    { type: 'string', pattern: '^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}' },
    '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  ),
  IfMatch: parameter(
    'If-Match',
    'The ETag of the expected revision; at any other revision, the request is rejected with 412 STALE_REVISION.',
    { type: 'string' },
    '"3"',
  ),
} as const satisfies Readonly<Record<string, Json>>;
type RequestHeader = keyof typeof REQUEST_HEADERS;

export const parameterRefs = (names: readonly RequestHeader[]): readonly Json[] =>
  names.map((name) => ({ $ref: reference('parameters', name) }));
