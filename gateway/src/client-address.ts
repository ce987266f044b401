import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/**
 * Who sent a request. The last entry of `X-Forwarded-For` is the one that the proxy in front of us has written; all
 * before it is the client's own word.
 */
export const clientAddress = (request: IncomingMessage, trustProxy: boolean): string => {
  const forwarded = trustProxy ? lastOf(request.headers['x-forwarded-for']) : '';
  return isIP(forwarded) ? forwarded : (request.socket.remoteAddress ?? '');
};

const lastOf = (list: string | string[] | undefined): string =>
  String(list ?? '')
    .split(',')
    .at(-1)
    ?.trim() ?? '';

/** What counts as one sender: an IPv4 address, or the /64 network that one IPv6 subscriber has to himself. */
export const senderOf = (address: string): string => {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped) return mapped;
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail ? tail.split(':') : [];
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  return [...before, ...zeros, ...after].slice(0, 4).join(':');
};
