import { once } from 'node:events';
import { createServer } from 'node:net';
import { freePorts } from './free-ports';

describe('freePorts', () => {
  it('finds distinct ports that a server can use', async () => {
    const ports = await freePorts(20);
    expect(new Set(ports).size).toBe(20);
    for (const port of ports) {
      const server = createServer().listen(port, '127.0.0.1');
      await once(server, 'listening');
      await once(server.close(), 'close');
    }
  });

  it('keeps out of the range from which the system gives ports to outgoing connections', async () => {
    const ports = await freePorts(50);
    expect(Math.max(...ports)).toBeLessThan(32_768);
  });
});
