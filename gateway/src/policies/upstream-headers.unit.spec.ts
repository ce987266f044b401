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
  it('name who asks, as the verified token says', () => {
    expect(headersFor({ identity })).toEqual({
      'x-request-id': 'r1',
      traceparent: 't1',
      'x-user-id': 'a1',
      'x-user-email': 'player@example.com',
      'x-user-roles': 'USER,AUDITOR',
    });
  });

  it('name the network of the client, as the gateway has found it', () => {
    const rawHeaders = ['X-Client-Network', '203.0.113.9'];
    expect(headersFor({ rawHeaders, clientNetwork: '192.0.2.1' })['x-client-network']).toBe('192.0.2.1');
    expect(headersFor({ rawHeaders })['x-client-network']).toBeUndefined();
  });

  it('encode an e-mail that no header can hold', () => {
    expect(headersFor({ identity: { ...identity, email: '선수@example.com' } })['x-user-email']).toBe(
      encodeURIComponent('선수@example.com'),
    );
    expect(headersFor({ identity: { ...identity, email: 'a\r\nx-user-roles: ADMIN' } })['x-user-email']).not.toMatch(/[\r\n ]/);
  });

  it('never carry what a client says of an identity, of hops or of itself', () => {
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

  it('never carry a forged identity, whatever the headers are', () => {
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

  it('carry what the services read', () => {
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

  it('leave the token out where nobody needs to be known', () => {
    expect(headersFor({ rawHeaders: ['Authorization', 'Basic nonsense'] })).not.toHaveProperty('authorization');
  });

  it('leave out what Connection names', () => {
    const rawHeaders = ['Accept', 'a', 'If-Match', '"1"', 'X-Min-Position', 'p'];
    const headers = headersFor({ rawHeaders, connection: 'close, If-Match , x-min-position' });
    expect(headers).toEqual({ 'x-request-id': 'r1', traceparent: 't1', accept: 'a' });
  });

  it('pass on the word of a trusted proxy, and only then', () => {
    expect(headersFor({ rawHeaders: ['X-Forwarded-For', '203.0.113.9'], trustProxy: true })['x-forwarded-for']).toBe(
      '203.0.113.9',
    );
  });
});

describe('headers back to the client', () => {
  it('say nothing of the service, its connection, or what the gateway says itself', () => {
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
