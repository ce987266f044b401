import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A TCP port of the loopback before another one, where the network can be broken. */
export class Gate {
  private readonly pairs = new Set<readonly [Socket, Socket]>();
  private server: Server | null = null;
  private listensAt = 0;
  private isFrozen = false;

  private constructor(
    private readonly host: string,
    private readonly target: number,
  ) {}

  /** @param target port that is led to @param port to listen on; any free one by default */
  static async open(target: number, host = '127.0.0.1', port = 0): Promise<Gate> {
    const gate = new Gate(host, target);
    gate.listensAt = port;
    await gate.up();
    return gate;
  }

  get port(): number {
    return this.listensAt;
  }

  /** TCP connections that are open. */
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

  /** Nobody listens any more, and whoever was connected is cut off. */
  async down(): Promise<void> {
    const { server } = this;
    this.server = null;
    const closed = server && new Promise((resolve) => server.close(resolve));
    this.drop();
    await closed;
  }

  /** Cuts off whoever is connected. */
  drop(): void {
    for (const pair of this.pairs) for (const socket of pair) socket.destroy();
  }

  /** Takes connections and everything that is sent, and answers nothing. */
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
