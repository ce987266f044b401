import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGetJson } from './get-json';

describe('a resource of several instances', () => {
  const statuses = [200, 200];
  let servers: Server[];
  let get: () => Promise<unknown>;
  beforeAll(async () => {
    servers = statuses.map((_, index) =>
      createServer((_request, response) => response.writeHead(statuses[index] as number).end(String(index))).listen(
        0,
        '127.0.0.1',
      ),
    );
    await Promise.all(servers.map((server) => once(server, 'listening')));
    get = createGetJson(
      servers.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`),
      1_000,
    );
  });
  afterAll(() => servers.forEach((server) => server.close()));

  it('is read from the next instance if one fails, and from that instance from then on', async () => {
    statuses.splice(0, 2, 503, 200);
    expect(await get()).toBe(1);
    statuses.splice(0, 2, 200, 200);
    expect(await get()).toBe(1);
  });

  it('is unavailable if all instances fail', async () => {
    statuses.splice(0, 2, 503, 503);
    await expect(get()).rejects.toThrow('status 503');
  });
});
