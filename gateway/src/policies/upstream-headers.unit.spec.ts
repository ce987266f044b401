import fc from 'fast-check';
import { downstreamHeaders, upstreamHeaders, type UpstreamHeadersInput } from './upstream-headers';

const identity = {
  accountId: 'a1',
  email: 'player@example.com',
  roles: ['USER', 'AUDITOR'],
  expiresAt: 0,
  tokenId: 't1',
} as const;

const headersFor = (input: Partial<UpstreamHeadersInput>): Record<string, string> => {
  const flat = upstreamHeaders({
    rawHeaders: [],
    connection: undefined,
    trustProxy: false,
    hasBody: false,
    requestId: 'r1',
    traceparent: 't1',
    identity: null,
    ...input,
  });
  const pairs = flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1]]] : []));
  expect(new Set(pairs.map(([name]) => name)).size).toBe(pairs.length);
  return Object.fromEntries(pairs) as Record<string, string>;
};

describe('headers to a service', () => {
  it('contain the identity from the verified token', () => {
    expect(headersFor({ identity })).toEqual({
      'x-request-id': 'r1',
      traceparent: 't1',
      'x-user-id': 'a1',
      'x-user-email': 'player@example.com',
      'x-user-roles': 'USER,AUDITOR',
    });
  });

  it('contain the client network that the gateway has determined', () => {
    const rawHeaders = ['X-Client-Network', '203.0.113.9'];
    expect(headersFor({ rawHeaders, clientNetwork: '192.0.2.1' })['x-client-network']).toBe('192.0.2.1');
    expect(headersFor({ rawHeaders })['x-client-network']).toBeUndefined();
  });

  it('encode an e-mail with characters that are not allowed in headers', () => {
    expect(headersFor({ identity: { ...identity, email: '선수@example.com' } })['x-user-email']).toBe(
      encodeURIComponent('선수@example.com'),
    );
    expect(headersFor({ identity: { ...identity, email: 'a\r\nx-user-roles: ADMIN' } })['x-user-email']).not.toMatch(/[\r\n ]/);
  });

  it('never contain identity, hop-by-hop or forwarding headers from the client', () => {
    const names = [
      'X-Client-Network',
      'X-User-Id',
      'x-user-roles',
      'X-USER-EMAIL',
      'X_User_Id',
      'TE',
      'Trailer',
      'Upgrade',
      'Keep-Alive',
      'Proxy-Authorization',
    ];
    const more = [
      'Transfer-Encoding',
      'Content-Length',
      'Connection',
      'Host',
      'Cookie',
      'Forwarded',
      'X-Forwarded-For',
      'X-Request-Id',
      'Traceparent',
    ];
    expect(headersFor({ rawHeaders: [...names, ...more].flatMap((name) => [name, 'forged']) })).toEqual({
      'x-request-id': 'r1',
      traceparent: 't1',
    });
  });

  it('never contain a forged identity, for arbitrary client headers', () => {
    const header = fc.tuple(
      fc.oneof(fc.constantFrom('x-user-id', 'X-User-Roles', 'Connection', 'x-user-email'), fc.string()),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(header), (headers) => {
        expect(
          headersFor({
            rawHeaders: headers.flat().filter((text) => text !== ''),
            connection: 'x-user-id, x-user-roles',
            identity,
          }),
        ).toMatchObject({
          'x-user-id': 'a1',
          'x-user-roles': 'USER,AUDITOR',
          'x-user-email': 'player@example.com',
        });
      }),
    );
  });

  it('contain the headers that services read', () => {
    const rawHeaders = [
      'Authorization',
      'Bearer x',
      'Idempotency-Key',
      'r1',
      'If-Match',
      '"3"',
      'X-Min-Position',
      'p',
      'Last-Event-ID',
      'p',
      'Accept',
      'text/csv',
    ];
    expect(headersFor({ rawHeaders, identity, hasBody: true })).toMatchObject({
      authorization: 'Bearer x',
      'idempotency-key': 'r1',
      'if-match': '"3"',
      'x-min-position': 'p',
      'last-event-id': 'p',
      accept: 'text/csv',
      'content-type': 'application/json',
    });
  });

  it('omit the token on public routes', () => {
    expect(headersFor({ rawHeaders: ['Authorization', 'Basic nonsense'] })).not.toHaveProperty('authorization');
  });

  it('omit headers named in Connection', () => {
    const rawHeaders = ['Accept', 'a', 'If-Match', '"1"', 'X-Min-Position', 'p'];
    const headers = headersFor({ rawHeaders, connection: 'close, If-Match , x-min-position' });
    expect(headers).toEqual({ 'x-request-id': 'r1', traceparent: 't1', accept: 'a' });
  });

  it('contain forwarding headers only from a trusted proxy', () => {
    expect(headersFor({ rawHeaders: ['X-Forwarded-For', '203.0.113.9'], trustProxy: true })['x-forwarded-for']).toBe(
      '203.0.113.9',
    );
  });
});

describe('headers back to the client', () => {
  it('omit headers about the service, its connection, and headers that the gateway sets itself', () => {
    const headers = {
      connection: 'close, x-hop',
      'x-hop': '1',
      'keep-alive': 'timeout=5',
      'transfer-encoding': 'chunked',
      trailer: 'x',
      upgrade: 'h2c',
      server: 'nginx',
      'x-powered-by': 'Express',
      'x-request-id': 'theirs',
      'x-session-seconds': '1209600',
      date: 'today',
      missing: undefined,
      'content-type': 'application/json',
      'x-position': 'p',
      'set-cookie': ['a=1', 'b=2'],
    };
    expect(Object.fromEntries(downstreamHeaders(headers))).toEqual({
      'content-type': 'application/json',
      'x-position': 'p',
      'set-cookie': ['a=1', 'b=2'],
    });
  });
});
