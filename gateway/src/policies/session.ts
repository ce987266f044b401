import type { IncomingHttpHeaders } from 'node:http';
import { Writable } from 'node:stream';
import { findRoute, SESSION_SECONDS_HEADER, type FieldError, type GatewayRoute, type Route } from '@rewards/contracts';
import { parseJsonBody } from '@rewards/service-kit/json-body';
import { requireDecodableQuery } from '@rewards/service-kit/text';
import type { Exchange } from '../exchange';
import { rejected } from '../gateway.problems';
import { usesHttps } from '../own-origin';
import type { Outcome, Policy } from './policy';
import { copyHeaders, type Relay } from './relay';

/**
 * The sessions of the web applications. auth-service does the work. The refresh token travels between this policy and the browser
 * in a cookie that no script can read, so a script that was injected into a page cannot take the session with it.
 */
export const createSession =
  (relay: Relay): Policy =>
  (exchange) =>
    exchange.target.kind === 'session' ? answer(exchange, exchange.target.route, relay) : 'next';

const answer = async (exchange: Exchange, route: GatewayRoute, relay: Relay): Promise<Outcome> => {
  const { response } = exchange;
  requireNoQuery(exchange);
  const body = bodyFor(exchange, route);
  if (body === 'no session') {
    response.setHeader('Set-Cookie', cookieOf(exchange, route, '', 0));
    if (route.upstream === '/auth/refresh') throw rejected('NO_SESSION', { cookie: cookieName(route) });
    response.writeHead(204).end();
    return 'answered';
  }
  const result = await requestService(exchange, route, body, relay);
  if (result !== null) respond(exchange, route, result);
  return 'answered';
};

const requireNoQuery = ({ request: { url = '' } }: Exchange): void => {
  requireDecodableQuery(url);
  requireNone(new URLSearchParams(url.split('?', 2)[1]).keys());
};

/** Returns the body for auth-service. Only the beginning of a session has a body of the client. */
const bodyFor = (exchange: Exchange, route: GatewayRoute): Buffer | null | 'no session' => {
  if (route.upstream === '/auth/login') return exchange.body;
  requireNone(Object.keys((exchange.body && parseJsonBody(exchange.body)) ?? {}));
  const refreshToken = readCookie(exchange.request.headers.cookie, cookieName(route));
  return refreshToken === null ? 'no session' : Buffer.from(JSON.stringify({ refreshToken }));
};

const MAX_FIELD = 200;

const requireNone = (names: Iterable<string>): void => {
  const errors = [...names].map((name): FieldError => ({ field: name.slice(0, MAX_FIELD), message: 'is not a known field' }));
  if (errors.length > 0) throw rejected('INVALID_FIELDS', { errors });
};

interface ServiceResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** @returns the complete response of auth-service; null if the client has disconnected */
const requestService = async (
  exchange: Exchange,
  { method, upstream }: GatewayRoute,
  body: Buffer | null,
  relay: Relay,
): Promise<ServiceResponse | null> => {
  const chunks: Buffer[] = [];
  let head: Omit<ServiceResponse, 'body'> | null = null;
  const request = { route: findRoute(method, upstream) as Route, target: upstream, body };
  await relay(exchange, request, (status, headers) => {
    head = { status, headers };
    return new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        chunks.push(chunk);
        done();
      },
    });
  });
  const received = head as Omit<ServiceResponse, 'body'> | null;
  return received === null || exchange.response.destroyed ? null : { ...received, body: Buffer.concat(chunks) };
};

/** Responds like auth-service, but with the refresh token in the cookie. A session that has ended removes the cookie. */
const respond = (exchange: Exchange, route: GatewayRoute, { status, headers, body }: ServiceResponse): void => {
  const { response } = exchange;
  const { 'content-length': _, [SESSION_SECONDS_HEADER]: seconds, ...others } = headers;
  let content = body;
  if (status === 200) {
    const { refreshToken, ...data } = tokensIn(body);
    response.setHeader('Set-Cookie', cookieOf(exchange, route, refreshToken, Number(seconds)));
    content = Buffer.from(JSON.stringify({ data }));
  } else if (status === 204 || (status === 401 && route.upstream === '/auth/refresh')) {
    response.setHeader('Set-Cookie', cookieOf(exchange, route, '', 0));
  }
  copyHeaders(others, response);
  response.writeHead(status, status === 204 ? {} : { 'Content-Length': content.byteLength });
  response.end(content);
};

/** @throws Rejected SERVICE_FAILED without its cause, which would show a part of the token in the log */
const tokensIn = (body: Buffer): { readonly refreshToken: string } => {
  try {
    const { data } = JSON.parse(body.toString()) as { readonly data: { readonly refreshToken: unknown } };
    const { refreshToken, ...others } = data;
    if (typeof refreshToken === 'string' && TOKEN.test(refreshToken)) return { refreshToken, ...others };
  } catch {
    // Rejected below.
  }
  throw rejected('SERVICE_FAILED');
};

const cookieName = ({ application }: GatewayRoute): string => `${application}_session`;

/** Any other value of the cookie is not a refresh token. */
const TOKEN = /^[A-Za-z0-9_-]{1,4096}$/;

/** @returns the refresh token in the `Cookie` header; null if there is none */
const readCookie = (header: string | undefined, name: string): string | null => {
  const prefix = `${name}=`;
  const pair = (header ?? '').split(';').find((candidate) => candidate.trim().startsWith(prefix));
  const value = pair?.trim().slice(prefix.length) ?? '';
  return TOKEN.test(value) ? value : null;
};

/** Returns the value of `Set-Cookie`. @param seconds until the cookie expires; 0 removes it, NaN keeps it until the browser closes */
const cookieOf = (exchange: Exchange, route: GatewayRoute, value: string, seconds: number): string =>
  [
    `${cookieName(route)}=${value}`,
    `Path=/${route.application}/session`,
    'HttpOnly',
    'SameSite=Strict',
    ...(Number.isInteger(seconds) ? [`Max-Age=${seconds}`] : []),
    ...(usesHttps(exchange) ? ['Secure'] : []),
  ].join('; ');
