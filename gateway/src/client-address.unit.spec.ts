import type { IncomingMessage } from 'node:http';
import { parseNetworks, type Networks } from '@rewards/service-kit/addresses';
import { ClientAddresses } from './client-address';

const from = (remoteAddress: string, forwarded?: string) =>
  ({ socket: { remoteAddress }, headers: { 'x-forwarded-for': forwarded } }) as unknown as IncomingMessage;

const addressOf = (trustProxy: boolean | Networks, request: IncomingMessage) =>
  new ClientAddresses(trustProxy).senderOf(request).address;

describe('the address of a client', () => {
  it('is the address of the connection if no proxy is trusted, regardless of X-Forwarded-For', () => {
    expect(addressOf(false, from('192.0.2.1', '203.0.113.9'))).toBe('192.0.2.1');
    expect(addressOf(false, from('::ffff:192.0.2.1'))).toBe('192.0.2.1');
  });

  it('is the last entry of X-Forwarded-For behind a trusted proxy', () => {
    expect(addressOf(true, from('192.0.2.1', '198.51.100.7, 203.0.113.9'))).toBe('203.0.113.9');
  });

  it.each([
    ['203.0.113.9:4711', '203.0.113.9'],
    ['[2001:db8::1]:4711', '2001:db8::1'],
    ['[2001:DB8:0::1]', '2001:db8::1'],
    ['2001:db8::1', '2001:db8::1'],
  ])('is read from the entry %s', (forwarded, expected) => {
    expect(addressOf(true, from('192.0.2.1', forwarded))).toBe(expected);
  });

  it.each([undefined, '', 'unknown', '203.0.113.9, evil'])(
    'is the address of the connection if X-Forwarded-For is %j',
    (forwarded) => {
      expect(addressOf(true, from('192.0.2.1', forwarded))).toBe('192.0.2.1');
    },
  );

  describe('behind proxies in trusted networks', () => {
    const proxies = parseNetworks(['10.0.0.0/8', '192.0.2.1']) as Networks;

    it.each([
      ['several proxies and a forged first entry', '10.0.0.1', '198.51.100.7, 203.0.113.9, 10.9.9.9', '203.0.113.9'],
      ['one proxy', '192.0.2.1', '203.0.113.9', '203.0.113.9'],
      ['a client that connects directly', '203.0.113.9', '198.51.100.7', '203.0.113.9'],
      ['a request that originates from a proxy', '10.0.0.1', '10.0.0.2', '10.0.0.2'],
      ['an entry that is not an address', '10.0.0.1', '203.0.113.9, unknown, 10.0.0.2', '10.0.0.2'],
    ])('is found for %s', (_name, peer, forwarded, expected) => {
      expect(addressOf(proxies, from(peer, forwarded))).toBe(expected);
    });

    it('distinguishes connections of proxies from those of clients', () => {
      const addresses = new ClientAddresses(proxies);
      expect(
        ['10.0.0.1', '::ffff:10.0.0.1', '203.0.113.9'].map((peer) => addresses.peerOf(from(peer).socket).isTrustedProxy),
      ).toEqual([true, true, false]);
    });
  });
});
