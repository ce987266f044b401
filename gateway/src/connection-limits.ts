import type { Socket } from 'node:net';
import type { Logger } from '@rewards/service-kit/logger';
import type { Problem } from '@rewards/service-kit/problem';
import type { ClientAddresses } from './client-address';
import { connectionProblem, type GatewayReason } from './gateway.problems';

/** Maximum numbers of open connections. */
export interface ConnectionLimits {
  /** For one IPv4 address or IPv6 /64 network. */
  readonly perAddress: number;
  readonly total: number;
}

/** Open files that the process needs in addition to connections. */
const RESERVED_FILES = 128;
/** A request in flight uses one connection to its client and one to a service. */
const FILES_PER_CONNECTION = 2;
const LOG_EVERY_MS = 10_000;

/**
 * Lowers the limits so that the process rejects connections before it runs out of open files. Without free files, it could
 * neither accept clients nor connect to services.
 * @param maxFiles the limit of the process; null if there is none
 */
export const affordableLimits = (limits: ConnectionLimits, maxFiles: number | null): ConnectionLimits => {
  const affordable = Math.max(2, Math.floor(((maxFiles ?? Infinity) - RESERVED_FILES) / FILES_PER_CONNECTION));
  if (affordable >= limits.total) return limits;
  // A single address must not use all connections.
  return { total: affordable, perAddress: Math.min(limits.perAddress, Math.floor(affordable / 2)) };
};

/** Reads the limit on open files of this process. @returns null if there is no limit */
export const readMaxFiles = (): number | null => {
  const { report } = process as { report?: { getReport(): unknown; excludeNetwork?: boolean } };
  if (report) report.excludeNetwork = true;
  const { userLimits } = (report?.getReport() ?? {}) as { userLimits?: { open_files?: { soft: unknown } } };
  const soft = Number(userLimits?.open_files?.soft);
  return Number.isFinite(soft) && soft > 0 ? soft : null;
};

/** Lowers the configured limits to the limit on open files, and logs a warning if it has to. @returns the effective limits */
export const limitsOfProcess = (configured: ConnectionLimits, logger: Logger, maxFiles = readMaxFiles()): ConnectionLimits => {
  const limits = affordableLimits(configured, maxFiles);
  if (limits !== configured) {
    const needed = configured.total * FILES_PER_CONNECTION + RESERVED_FILES;
    logger.warn(
      { maxFiles, needed, connectionsTotal: limits.total, connectionsPerAddress: limits.perAddress },
      'the limit on open files is low: fewer connections are accepted than configured',
    );
  }
  return limits;
};

/** Counts the open connections of each address and rejects those over a limit. Trusted proxies are not counted. */
export class ConnectionCounter {
  private readonly bySubnet = new Map<string, number>();
  private total = 0;
  private rejectedSinceLog = 0;
  private loggedAt = -Infinity;

  constructor(
    private readonly limits: ConnectionLimits,
    private readonly addresses: ClientAddresses,
    private readonly logger: Logger,
  ) {}

  /** Counts a connection until it closes. @returns the problem if the connection is rejected, else null */
  admit(socket: Socket): Problem | null {
    const { sender, isTrustedProxy } = this.addresses.peerOf(socket);
    if (isTrustedProxy) return null;
    const { subnet } = sender;
    const open = this.bySubnet.get(subnet) ?? 0;
    if (open >= this.limits.perAddress) {
      return this.reject(subnet, open, 'TOO_MANY_CONNECTIONS_OF_ADDRESS');
    }
    if (this.total >= this.limits.total) {
      return this.reject(subnet, open, 'TOO_MANY_CONNECTIONS');
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

  /** Logs at most one line per interval, so that a flood of connections does not flood the log. */
  private reject(subnet: string, open: number, reason: GatewayReason): Problem {
    this.rejectedSinceLog += 1;
    const now = performance.now();
    if (now - this.loggedAt >= LOG_EVERY_MS) {
      this.logger.warn(
        { address: subnet, connectionsOfAddress: open, connectionsTotal: this.total, refused: this.rejectedSinceLog },
        'connections refused: over the limit',
      );
      this.loggedAt = now;
      this.rejectedSinceLog = 0;
    }
    return connectionProblem(reason, { open });
  }
}
