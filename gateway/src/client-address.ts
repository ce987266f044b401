import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Socket } from 'node:net';
import { parseSender, type Networks, type Sender } from '@rewards/service-kit/addresses';

/** The other end of a connection. */
export interface Peer {
  readonly sender: Sender;
  /** Whether it is believed about the client's address. */
  readonly isTrustedProxy: boolean;
}

/** Such as one whose connection is gone already. */
const NOBODY: Sender = { address: '', subnet: '', site: null };

/** Finds out who sent a request, through the proxies that are trusted. */
export class ClientAddresses {
  private readonly peers = new WeakMap<Socket, Peer>();

  /** @param trustProxy every peer, none, or those of some networks */
  constructor(private readonly trustProxy: boolean | Networks) {}

  peerOf(socket: Socket): Peer {
    const known = this.peers.get(socket);
    if (known) return known;
    const sender = parseSender(socket.remoteAddress ?? '') ?? NOBODY;
    const peer = { sender, isTrustedProxy: this.isTrusted(sender.address) };
    this.peers.set(socket, peer);
    return peer;
  }

  /**
   * Each proxy appends to `X-Forwarded-For` the address that it was called from. So the last entry that no trusted proxy
   * accounts for is the client; whatever stands before it is the client's own word.
   */
  senderOf(request: IncomingMessage): Sender {
    const { sender, isTrustedProxy } = this.peerOf(request.socket);
    const forwarded = isTrustedProxy ? request.headers['x-forwarded-for'] : undefined;
    if (forwarded === undefined) return sender;
    const hops = forwarded.toString().split(',');
    let client = sender;
    for (const hop of hops.reverse()) {
      const found = parseSender(withoutPort(hop.trim()));
      if (!found) break;
      client = found;
      if (this.trustProxy === true || !this.isTrusted(found.address)) break;
    }
    return client;
  }

  private isTrusted(address: string): boolean {
    return typeof this.trustProxy === 'boolean' ? this.trustProxy : this.trustProxy.contain(address);
  }
}

/** Some proxies write `192.0.2.1:1234` or `[2001:db8::1]:1234`. */
const withoutPort = (hop: string): string =>
  isIP(hop) ? hop : (/^\[([^\]]*)\](?::\d+)?$/.exec(hop)?.[1] ?? hop.replace(/^([\d.]+):\d+$/, '$1'));
