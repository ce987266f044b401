import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** TCP proxy on the loopback interface that simulates network failures. */
export class FaultyProxy {
  private readonly pairs = new Set<readonly [Socket, Socket]>();
  private server: Server | null = null;
  private listensAt = 0;
  private isFrozen = false;

  private constructor(
    private readonly host: string,
    private readonly target: number,
  ) {}

  /**
   * Opens a proxy.
   * @param target port to forward to
   * @param port port to listen on; by default any free one
   */
  static async listen(target: number, host = '127.0.0.1', port = 0): Promise<FaultyProxy> {
    const gate = new FaultyProxy(host, target);
    gate.listensAt = port;
    await gate.up();
    return gate;
  }

  get port(): number {
    return this.listensAt;
  }

  /** Number of open TCP connections. */
  get connections(): number {
    return this.pairs.size;
  }

  async up(): Promise<void> {
    const server = createServer((socket) => this.connect(socket));
    this.server = server;
    server.listen(this.listensAt, '127.0.0.1');
    await once(server, 'listening');
    this.listensAt = (server.address() as AddressInfo).port;
  }

  /** Stops listening and cuts all connections. */
  async down(): Promise<void> {
    const { server } = this;
    this.server = null;
    const closed = server && new Promise((resolve) => server.close(resolve));
    this.drop();
    await closed;
  }

  /** Cuts all connections. */
  drop(): void {
    for (const pair of this.pairs) for (const socket of pair) socket.destroy();
  }

  /** Accepts connections, but forwards nothing. */
  freeze(): void {
    this.isFrozen = true;
    for (const pair of this.pairs) for (const socket of pair) socket.pause();
  }

  thaw(): void {
    this.isFrozen = false;
    for (const pair of this.pairs) for (const socket of pair) socket.resume();
  }

  private connect(outside: Socket): void {
    const inside = connect(this.target, this.host);
    const pair = [outside, inside] as const;
    this.pairs.add(pair);
    outside.pipe(inside);
    inside.pipe(outside);
    for (const socket of pair) {
      socket.setNoDelay();
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.pairs.delete(pair);
        for (const other of pair) other.destroy();
      });
      if (this.isFrozen) socket.pause();
    }
  }
}
