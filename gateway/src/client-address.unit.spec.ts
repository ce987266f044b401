import type { IncomingMessage } from 'node:http';
import { clientAddress, senderOf } from './client-address';

const from = (remoteAddress: string, forwarded?: string) =>
  ({ socket: { remoteAddress }, headers: { 'x-forwarded-for': forwarded } }) as unknown as IncomingMessage;

describe('the address of a client', () => {
  it('is that of the connection, whatever the client says of itself', () => {
    expect(clientAddress(from('192.0.2.1', '203.0.113.9'), false)).toBe('192.0.2.1');
  });

  it('is what the trusted proxy in front wrote last', () => {
    expect(clientAddress(from('192.0.2.1', '198.51.100.7, 203.0.113.9'), true)).toBe('203.0.113.9');
  });

  it.each([undefined, '', 'unknown', '203.0.113.9, evil'])('is that of the connection when the proxy says %s', (forwarded) => {
    expect(clientAddress(from('192.0.2.1', forwarded), true)).toBe('192.0.2.1');
  });
});

describe('what counts as one sender', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::6', '2001:db8:1:2'],
    ['2001:db8::6', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['', ''],
  ])('%s is %s', (address, sender) => {
    expect(senderOf(address)).toBe(sender);
  });
});
