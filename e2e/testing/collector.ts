import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** An OpenTelemetry collector that stores exported traces without decoding them. */
export class Collector {
  private readonly exports: Buffer[] = [];

  private constructor(private readonly server: Server) {}

  static async start(): Promise<Collector> {
    const server = createServer((request, response) => {
      void buffer(request).then((body) => {
        if (request.url === '/v1/traces') collector.exports.push(body);
        response.setHeader('content-type', 'application/x-protobuf').end();
      });
    });
    const collector = new Collector(server.listen(0, '127.0.0.1'));
    await once(server, 'listening');
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Returns whether an export contains all three values. Protocol Buffers encode texts and bytes verbatim. */
  hasSpan(service: string, span: string, traceId: string): boolean {
    return this.exports.some(
      (body) => body.includes(service) && body.includes(span) && body.includes(Buffer.from(traceId, 'hex')),
    );
  }

  /** All exports as text. */
  get contents(): string {
    return Buffer.concat(this.exports).toString('latin1');
  }

  async stop(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server.close(), 'close');
    this.server.closeAllConnections();
    await closed;
  }
}
