import { CLIENT_NETWORK } from '@rewards/contracts';
import type { Identity } from '@rewards/service-kit/access-token';

/**
 * Closed by default: of a client's headers only those that the services read go on. So no forged `x-user-*`, no cookie and
 * no hop-by-hop header ever does, however it is spelled. Framing, `Host` and `Connection` are undici's own.
 */
const PASSED_ON: ReadonlySet<string> = new Set([
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

const OF_A_TRUSTED_PROXY: ReadonlySet<string> = new Set([
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
]);

export interface UpstreamHeadersInput {
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  /** The client's `Connection` header: what it names is meant for us alone. */
  readonly connection: string | undefined;
  readonly trustProxy: boolean;
  readonly hasBody: boolean;
  readonly requestId: string;
  readonly traceparent: string;
  /** For auth-service, the only one to read it. */
  readonly clientNetwork?: string | undefined;
  /** Null on routes that need nobody: no service has a use for the token there. */
  readonly identity: Identity | null;
}

/** The headers of the request to the service: names and values in turn. */
export const upstreamHeaders = (input: UpstreamHeadersInput): string[] => {
  const { rawHeaders, connection, trustProxy, hasBody, requestId, traceparent, clientNetwork, identity } = input;
  const named = connectionOptions(connection);
  const headers: string[] = ['x-request-id', requestId, 'traceparent', traceparent];
  if (clientNetwork !== undefined) headers.push(CLIENT_NETWORK, clientNetwork);
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] as string).toLowerCase();
    const isPassedOn = PASSED_ON.has(name) || (trustProxy && OF_A_TRUSTED_PROXY.has(name));
    if (!isPassedOn || named.has(name) || (name === 'authorization' && !identity)) continue;
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

const NOTHING: ReadonlySet<string> = new Set();

const connectionOptions = (connection: string | undefined): ReadonlySet<string> =>
  connection === undefined || /^(keep-alive|close)$/i.test(connection)
    ? NOTHING
    : new Set(connection.split(',').map((option) => option.trim().toLowerCase()));

const headerValue = (text: string): string => (/^[\x21-\x7e]*$/.test(text) ? text : encodeURIComponent(text));

/** Headers of a service's answer that speak of its connection to us, or that the gateway says itself. */
const NOT_PASSED_BACK: ReadonlySet<string> = new Set([
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
]);

/** The headers of a service's answer that go on to the client. */
export const downstreamHeaders = (
  headers: Readonly<Record<string, string | string[] | undefined>>,
): [string, string | string[]][] => {
  const named = connectionOptions(headers.connection?.toString());
  return Object.entries(headers).filter(
    (entry): entry is [string, string | string[]] =>
      entry[1] !== undefined && !NOT_PASSED_BACK.has(entry[0]) && !named.has(entry[0]),
  );
};
