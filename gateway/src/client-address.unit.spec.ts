import type { IncomingMessage } from 'node:http';
import { parseNetworks, type Networks } from '@rewards/service-kit/addresses';
import { ClientAddresses } from './client-address';

const from = (remoteAddress: string, forwarded?: string) =>
  ({ socket: { remoteAddress }, headers: { 'x-forwarded-for': forwarded } }) as unknown as IncomingMessage;

const addressOf = (trustProxy: boolean | Networks, request: IncomingMessage) =>
  new ClientAddresses(trustProxy).senderOf(request).address;

describe('the address of a client', () => {
  it('is that of the connection, whatever the client says of itself', () => {
    expect(addressOf(false, from('192.0.2.1', '203.0.113.9'))).toBe('192.0.2.1');
    expect(addressOf(false, from('::ffff:192.0.2.1'))).toBe('192.0.2.1');
  });

  it('is what the trusted proxy in front wrote last', () => {
    expect(addressOf(true, from('192.0.2.1', '198.51.100.7, 203.0.113.9'))).toBe('203.0.113.9');
  });

  it.each([
    ['203.0.113.9:4711', '203.0.113.9'],
    ['[2001:db8::1]:4711', '2001:db8::1'],
    ['[2001:DB8:0::1]', '2001:db8::1'],
    ['2001:db8::1', '2001:db8::1'],
  ])('may be written as %s', (forwarded, expected) => {
    expect(addressOf(true, from('192.0.2.1', forwarded))).toBe(expected);
  });

  it.each([undefined, '', 'unknown', '203.0.113.9, evil'])('is that of the connection when the proxy says %s', (forwarded) => {
    expect(addressOf(true, from('192.0.2.1', forwarded))).toBe('192.0.2.1');
  });

  describe('behind proxies of known networks', () => {
    const proxies = parseNetworks(['10.0.0.0/8', '192.0.2.1']) as Networks;

    it.each([
      ['what a client forged is before what the proxies wrote', '10.0.0.1', '198.51.100.7, 203.0.113.9, 10.9.9.9', '203.0.113.9'],
      ['one proxy', '192.0.2.1', '203.0.113.9', '203.0.113.9'],
      ['a client that calls directly', '203.0.113.9', '198.51.100.7', '203.0.113.9'],
      ['a proxy that calls itself', '10.0.0.1', '10.0.0.2', '10.0.0.2'],
      ['an entry that is no address', '10.0.0.1', '203.0.113.9, unknown, 10.0.0.2', '10.0.0.2'],
    ])('%s', (_name, peer, forwarded, expected) => {
      expect(addressOf(proxies, from(peer, forwarded))).toBe(expected);
    });

    it('knows which connections are those of proxies', () => {
      const addresses = new ClientAddresses(proxies);
      expect(
        ['10.0.0.1', '::ffff:10.0.0.1', '203.0.113.9'].map((peer) => addresses.peerOf(from(peer).socket).isTrustedProxy),
      ).toEqual([true, true, false]);
    });
  });
});
