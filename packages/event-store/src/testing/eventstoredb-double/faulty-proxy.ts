import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePorts } from '@rewards/testing/free-ports';

/** TCP proxy on the loopback interface that simulates network failures. */
export class FaultyProxy {
  private readonly pairs = new Set<readonly [Socket, Socket]>();
  private server: Server | null = null;
  private isFrozen = false;

  private constructor(
    private readonly host: string,
    private readonly target: number,
    readonly port: number,
  ) {}

  /**
   * Opens a proxy.
   * @param target port to forward to
   * @param port port to listen on; by default a free one
   */
  static async listen(target: number, host = '127.0.0.1', port?: number): Promise<FaultyProxy> {
    const [free = 0] = await freePorts(1);
    const gate = new FaultyProxy(host, target, port ?? free);
    await gate.up();
    return gate;
  }

  /** Number of open TCP connections. */
  get connections(): number {
    return this.pairs.size;
  }

  async up(): Promise<void> {
    const server = createServer((socket) => this.connect(socket));
    this.server = server;
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
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
