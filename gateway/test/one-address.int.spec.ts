import { connect, type Socket } from 'node:net';
import { until } from '@rewards/testing/until';
import { readGatewaySettings } from '../src/settings';
import { makeToken, startWorld, type World } from './harness';

const PLAYERS = 300;

let world: World;
const sockets: Socket[] = [];

beforeAll(async () => {
  const { rates, connections } = readGatewaySettings({});
  world = await startWorld({ rates, connections });
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await world.stop();
});

it('serves 300 players behind one address with the default limits', async () => {
  const body = 'Content-Type: application/json\r\nContent-Length: 2\r\n';
  const statuses: string[] = [];
  const closed: string[] = [];
  for (let player = 0; player < PLAYERS; player += 1) {
    const bearer = `Authorization: Bearer ${makeToken(['USER'])}\r\n`;
    const requests = [
      `POST /auth/register HTTP/1.1\r\nHost: g\r\n${body}\r\n{}`,
      `POST /auth/login HTTP/1.1\r\nHost: g\r\n${body}\r\n{}`,
      `GET /events/e1/progress HTTP/1.1\r\nHost: g\r\n${bearer}\r\n`,
      `POST /events/e1/completion HTTP/1.1\r\nHost: g\r\n${bearer}${body}\r\n{}`,
      `POST /events/e1/claims HTTP/1.1\r\nHost: g\r\n${bearer}${body}\r\n{}`,
      `GET /claims/mine HTTP/1.1\r\nHost: g\r\n${bearer}\r\n`,
    ];
    const socket = connect(world.gateway.port, '127.0.0.1', () => socket.write(requests.shift() ?? ''));
    sockets.push(socket);
    socket
      .on('data', (data) => {
        const [, status] = /^HTTP\/1\.1 (\d+)/.exec(data.toString('latin1')) ?? [];
        if (status === undefined) return;
        statuses.push(status);
        socket.write(requests.shift() ?? '');
      })
      .on('error', (error) => closed.push(error.message))
      .on('close', () => closed.push('closed'));
  }
  await until('every answer', () => statuses.length >= PLAYERS * 6 || closed.length > 0, Boolean, { withinMs: 60_000 });
  expect([new Set(statuses), closed]).toEqual([new Set(['200']), []]);
  expect(world.gateway.load().connections).toBe(PLAYERS);
}, 90_000);
