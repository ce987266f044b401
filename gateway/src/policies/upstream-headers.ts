import { CLIENT_NETWORK_HEADER, SESSION_SECONDS_HEADER } from '@rewards/contracts';
import type { Identity } from '@rewards/service-kit/access-token';

/**
 * The client headers that are forwarded: only those that services read. So forged `x-user-*` headers, cookies and hop-by-hop
 * headers are never forwarded, in any spelling. undici sets the framing, `Host` and `Connection`.
 */
const FORWARDED: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'authorization',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'last-event-id',
  'tracestate',
  'user-agent',
  'x-min-position',
]);

const FORWARDED_FROM_TRUSTED_PROXY: ReadonlySet<string> = new Set([
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
]);

export interface UpstreamHeadersInput {
  /** The client's headers, names and values alternating. */
  readonly rawHeaders: readonly string[];
  /** The client's `Connection` header. The headers that it names are for this hop only. */
  readonly connection: string | undefined;
  readonly trustProxy: boolean;
  readonly hasBody: boolean;
  readonly requestId: string;
  readonly traceparent: string;
  /** Set only for auth-service, which is the only service that reads it. */
  readonly clientNetwork?: string | undefined;
  /** Null on public routes, where no service reads the token. */
  readonly identity: Identity | null;
}

/** Returns the headers of the request to the service, names and values alternating. */
export const upstreamHeaders = (input: UpstreamHeadersInput): string[] => {
  const { rawHeaders, connection, trustProxy, hasBody, requestId, traceparent, clientNetwork, identity } = input;
  const named = connectionOptions(connection);
  const headers: string[] = ['x-request-id', requestId, 'traceparent', traceparent];
  if (clientNetwork !== undefined) headers.push(CLIENT_NETWORK_HEADER, clientNetwork);
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] as string).toLowerCase();
    const isForwarded = FORWARDED.has(name) || (trustProxy && FORWARDED_FROM_TRUSTED_PROXY.has(name));
    if (!isForwarded || named.has(name) || (name === 'authorization' && !identity)) continue;
    headers.push(name, rawHeaders[index + 1] as string);
  }
  if (hasBody) headers.push('content-type', 'application/json');
  if (identity) {
    headers.push(
      'x-user-id',
      identity.accountId,
      'x-user-email',
      headerValue(identity.email),
      'x-user-roles',
      identity.roles.join(','),
    );
  }
  return headers;
};

const NONE: ReadonlySet<string> = new Set();

const connectionOptions = (connection: string | undefined): ReadonlySet<string> =>
  connection === undefined || /^(keep-alive|close)$/i.test(connection)
    ? NONE
    : new Set(connection.split(',').map((option) => option.trim().toLowerCase()));

const headerValue = (text: string): string => (/^[\x21-\x7e]*$/.test(text) ? text : encodeURIComponent(text));

/** Response headers about the connection between gateway and service, for the gateway only, or that the gateway sets itself. */
const NOT_RETURNED: ReadonlySet<string> = new Set([
  'connection',
  'date',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'server',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-powered-by',
  'x-request-id',
  SESSION_SECONDS_HEADER,
]);

/** Returns the headers of a service's response that are forwarded to the client. */
export const downstreamHeaders = (
  headers: Readonly<Record<string, string | string[] | undefined>>,
): [string, string | string[]][] => {
  const named = connectionOptions(headers.connection?.toString());
  return Object.entries(headers).filter(
    (entry): entry is [string, string | string[]] =>
      entry[1] !== undefined && !NOT_RETURNED.has(entry[0]) && !named.has(entry[0]),
  );
};
