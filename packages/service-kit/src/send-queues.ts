import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { parse } from 'ipaddr.js';

/** Linux tables of all TCP connections of this network namespace, with the bytes that their peers have not acknowledged. */
const TABLES = ['/proc/self/net/tcp', '/proc/self/net/tcp6'];

/** Bytes in the kernel's send queue of each connection. */
export interface SendQueues {
  of(socket: Socket): number;
}

/**
 * Reads the kernel's send queues, because the bytes that a process has written may not have reached the client. Reads
 * synchronously, so that nothing is written before the caller compares the numbers. Without such tables, all queues are 0.
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

/** Formats an address like the kernel: words of four bytes, each in the byte order of the machine, which is little-endian. */
const endOf = (address: string, port = 0): string => {
  if (address === '') return '';
  const words = Buffer.from(parse(address.split('%', 1)[0] ?? '').toByteArray()).swap32();
  return `${words.toString('hex')}:${port.toString(16).padStart(4, '0')}`.toUpperCase();
};
