import type { IncomingMessage } from 'node:http';
import { findFault } from './well-formed';

const request = (url: string, headers: Record<string, string> = { host: 'gateway' }, rawHeaders?: string[]) =>
  ({ url, httpVersion: '1.1', headers, rawHeaders: rawHeaders ?? Object.entries(headers).flat() }) as unknown as IncomingMessage;

describe('findFault', () => {
  it.each([
    '/events',
    '/events?page=1&x=%20',
    `/events/e1/rewards/${encodeURIComponent('극한성장의 비약')}/change`,
    '/a?q=//..;%2f',
  ])('accepts %s', (url) => {
    expect(findFault(request(url))).toBeNull();
  });

  it.each([
    '',
    '*',
    'events',
    '//events',
    '/events//e1',
    '/%65vents',
    '/events/..',
    '/events/../accounts',
    '/events/.',
    '/events;a=b',
    '/events/..;/accounts',
    '/events/%2e%2e/accounts',
    '/events%2fe1',
    '/events%5ce1',
    '/events\\e1',
    '/events/%00',
    '/events/%zz',
    '/events/%ff',
    '/events#a',
    'http://other/events',
    'gateway:443',
  ])('rejects the path of %j, which hops may parse differently', (url) => {
    expect(findFault(request(url))).toEqual({ field: 'path', message: 'must be in its canonical form' });
  });

  it.each(['/events?q=\u00ec', '/events?q=a#b', '/events?q=a b', '/events?q=\u0000'])(
    'rejects the query of %j, which is not percent-encoded',
    (url) => {
      expect(findFault(request(url))?.field).toBe('query');
    },
  );

  it.each(['Host', 'authorization', 'CONTENT-TYPE', 'Content-Length', 'Transfer-Encoding'])('rejects a repeated %s', (name) => {
    const rawHeaders = ['Host', 'gateway', name.toLowerCase(), 'one', 'Accept', 'a', name, 'one'];
    expect(findFault(request('/events', { host: 'gateway' }, rawHeaders))?.field).toBe(name.toLowerCase());
  });

  it('accepts a repeated header that is a list', () => {
    expect(findFault(request('/events', { host: 'gateway' }, ['Host', 'gateway', 'Accept', 'a', 'Accept', 'b']))).toBeNull();
  });

  it('rejects a request without a host', () => {
    expect(findFault(request('/events', {}))?.field).toBe('host');
  });

  it('rejects an upgrade to WebSocket, and accepts requests with other upgrades', () => {
    expect(findFault(request('/events', { host: 'gateway', upgrade: 'WebSocket' }))?.field).toBe('upgrade');
    expect(findFault(request('/events', { host: 'gateway', upgrade: 'h2c' }))).toBeNull();
  });

  it('rejects every expectation except 100-continue', () => {
    expect(findFault(request('/events', { host: 'gateway', expect: '100-Continue' }))).toBeNull();
    expect(findFault(request('/events', { host: 'gateway', expect: 'the-impossible' }))?.field).toBe('expect');
  });
});
