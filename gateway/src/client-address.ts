import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Socket } from 'node:net';
import { parseSender, type Networks, type Sender } from '@rewards/service-kit/addresses';

/** The remote end of a connection. */
export interface Peer {
  readonly sender: Sender;
  /** Whether its `X-Forwarded-For` header is trusted. */
  readonly isTrustedProxy: boolean;
}

/** Used if the remote address is unknown, for example because the connection has already closed. */
const UNKNOWN_SENDER: Sender = { address: '', subnet: '', site: null };

/** Determines the client address of a request, taking trusted proxies into account. */
export class ClientAddresses {
  private readonly peers = new WeakMap<Socket, Peer>();

  /** @param trustProxy true to trust every peer, false to trust none, or the trusted networks */
  constructor(private readonly trustProxy: boolean | Networks) {}

  peerOf(socket: Socket): Peer {
    const cached = this.peers.get(socket);
    if (cached) return cached;
    const sender = parseSender(socket.remoteAddress ?? '') ?? UNKNOWN_SENDER;
    const peer = { sender, isTrustedProxy: this.isTrusted(sender.address) };
    this.peers.set(socket, peer);
    return peer;
  }

  /**
   * Returns the client of a request. Each proxy appends the address of its caller to `X-Forwarded-For`. So the client is the last
   * entry that is not itself a trusted proxy. The client can forge every entry before it.
   */
  senderOf(request: IncomingMessage): Sender {
    const { sender, isTrustedProxy } = this.peerOf(request.socket);
    const forwarded = isTrustedProxy ? request.headers['x-forwarded-for'] : undefined;
    if (forwarded === undefined) return sender;
    const hops = forwarded.toString().split(',');
    let client = sender;
    for (const hop of hops.reverse()) {
      const caller = parseSender(withoutPort(hop.trim()));
      if (!caller) break;
      client = caller;
      if (this.trustProxy === true || !this.isTrusted(caller.address)) break;
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
