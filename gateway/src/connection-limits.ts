import type { Socket } from 'node:net';
import type { Logger } from '@rewards/service-kit/logger';
import type { Problem } from '@rewards/service-kit/problem';
import type { ClientAddresses } from './client-address';
import { connectionProblem, type GatewayReason } from './gateway.problems';

/** Open connections. */
export interface ConnectionLimits {
  /** Of one IPv4 address or IPv6 /64 network. */
  readonly perAddress: number;
  readonly total: number;
}

/** Files that the process needs besides connections. */
const RESERVED_FILES = 128;
/** A request in flight holds the connection of its client and one to a service. */
const FILES_PER_CONNECTION = 2;
const LOG_EVERY_MS = 10_000;

/**
 * Lowers the limits to what the process may open, so that connections are refused before files run out: without a file
 * nobody gets in, and no service can be reached.
 * @param maxFiles the process's own limit; null where there is none
 */
export const affordableLimits = (limits: ConnectionLimits, maxFiles: number | null): ConnectionLimits => {
  const affordable = Math.max(2, Math.floor(((maxFiles ?? Infinity) - RESERVED_FILES) / FILES_PER_CONNECTION));
  if (affordable >= limits.total) return limits;
  // One address alone must not take all that is left.
  return { total: affordable, perAddress: Math.min(limits.perAddress, Math.floor(affordable / 2)) };
};

/** Reads how many files this process may open. @returns null where there is no limit */
export const readMaxFiles = (): number | null => {
  const { report } = process as { report?: { getReport(): unknown; excludeNetwork?: boolean } };
  if (report) report.excludeNetwork = true;
  const { userLimits } = (report?.getReport() ?? {}) as { userLimits?: { open_files?: { soft: unknown } } };
  const soft = Number(userLimits?.open_files?.soft);
  return Number.isFinite(soft) && soft > 0 ? soft : null;
};

/** Says in the log what a low limit of the operating system costs. @returns the limits that hold */
export const limitsOfProcess = (wanted: ConnectionLimits, logger: Logger, maxFiles = readMaxFiles()): ConnectionLimits => {
  const limits = affordableLimits(wanted, maxFiles);
  if (limits !== wanted) {
    const needed = wanted.total * FILES_PER_CONNECTION + RESERVED_FILES;
    logger.warn(
      { maxFiles, needed, connectionsTotal: limits.total, connectionsPerAddress: limits.perAddress },
      'the limit on open files is low: fewer connections are accepted than configured',
    );
  }
  return limits;
};

/** Counts the open connections of each address and refuses those over a limit. Trusted proxies are not counted. */
export class ConnectionCounter {
  private readonly bySubnet = new Map<string, number>();
  private total = 0;
  private refusedSinceLog = 0;
  private loggedAt = -Infinity;

  constructor(
    private readonly limits: ConnectionLimits,
    private readonly addresses: ClientAddresses,
    private readonly logger: Logger,
  ) {}

  /** @returns why the connection is refused, or null if it is counted until it closes */
  admit(socket: Socket): Problem | null {
    const { sender, isTrustedProxy } = this.addresses.peerOf(socket);
    if (isTrustedProxy) return null;
    const { subnet } = sender;
    const open = this.bySubnet.get(subnet) ?? 0;
    if (open >= this.limits.perAddress) {
      return this.refuse(subnet, open, 'TOO_MANY_CONNECTIONS_OF_ADDRESS');
    }
    if (this.total >= this.limits.total) {
      return this.refuse(subnet, open, 'TOO_MANY_CONNECTIONS');
    }
    this.total += 1;
    this.bySubnet.set(subnet, open + 1);
    socket.once('close', () => this.release(subnet));
    return null;
  }

  private release(subnet: string): void {
    this.total -= 1;
    const open = (this.bySubnet.get(subnet) ?? 1) - 1;
    if (open === 0) this.bySubnet.delete(subnet);
    else this.bySubnet.set(subnet, open);
  }

  /** A flood of connections must not be a flood of lines. */
  private refuse(subnet: string, open: number, reason: GatewayReason): Problem {
    this.refusedSinceLog += 1;
    const now = performance.now();
    if (now - this.loggedAt >= LOG_EVERY_MS) {
      this.logger.warn(
        { address: subnet, connectionsOfAddress: open, connectionsTotal: this.total, refused: this.refusedSinceLog },
        'connections refused: over the limit',
      );
      this.loggedAt = now;
      this.refusedSinceLog = 0;
    }
    return connectionProblem(reason, { open });
  }
}
