import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { parse } from 'ipaddr.js';

/** Linux: every TCP connection of this network namespace, with the bytes that its peer has not acknowledged. */
const TABLES = ['/proc/self/net/tcp', '/proc/self/net/tcp6'];

/** Bytes that the kernel still holds for the peer of a connection. */
export interface SendQueues {
  of(socket: Socket): number;
}

/**
 * Reads how many bytes the kernel holds for each peer: what a process has written is not what its reader has taken. Read without
 * a pause, so that nothing is written between this and a look at what was written. Where the kernel has no such table, all are 0.
 */
export const readSendQueues = (): SendQueues => {
  const queues = new Map<string, number>();
  for (const line of TABLES.flatMap(readLines)) {
    const [, local, remote, , sizes = ''] = line.trim().split(/\s+/, 5);
    const queued = parseInt(sizes, 16);
    if (queued > 0) queues.set(`${local}-${remote}`, queued);
  }
  return { of: (socket) => (queues.size > 0 ? (queues.get(keyOf(socket)) ?? 0) : 0) };
};

const readLines = (table: string): string[] => {
  try {
    return readFileSync(table, 'latin1').split('\n');
  } catch {
    return [];
  }
};

const keyOf = ({ localAddress = '', localPort, remoteAddress = '', remotePort }: Socket): string =>
  `${endOf(localAddress, localPort)}-${endOf(remoteAddress, remotePort)}`;

/** An address as the kernel prints it: words of four bytes, each in the order of the machine, which is little-endian. */
const endOf = (address: string, port = 0): string => {
  if (address === '') return '';
  const words = Buffer.from(parse(address.split('%', 1)[0] ?? '').toByteArray()).swap32();
  return `${words.toString('hex')}:${port.toString(16).padStart(4, '0')}`.toUpperCase();
};
