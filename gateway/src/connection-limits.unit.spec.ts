import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { Logger } from '@rewards/service-kit/logger';
import { parseNetworks, type Networks } from '@rewards/service-kit/addresses';
import { ClientAddresses } from './client-address';
import { readGatewaySettings } from './settings';
import { affordableLimits, ConnectionCounter, limitsOfProcess, readMaxFiles } from './connection-limits';

const lines: [unknown, string][] = [];
const logger = { warn: (fields: unknown, message: string) => lines.push([fields, message]) } as unknown as Logger;
beforeEach(() => void (lines.length = 0));

const connectionFrom = (remoteAddress: string) => Object.assign(new EventEmitter(), { remoteAddress }) as unknown as Socket;

describe('ConnectionCounter', () => {
  const counterOf = (perAddress: number, total: number, trustProxy: boolean | Networks = false) =>
    new ConnectionCounter({ perAddress, total }, new ClientAddresses(trustProxy), logger);

  it('limits the open connections of each address, in IPv4 or mapped IPv6 form', () => {
    const counter = counterOf(2, 10);
    const first = connectionFrom('192.0.2.1');
    expect([counter.admit(first), counter.admit(connectionFrom('::ffff:192.0.2.1'))]).toEqual([null, null]);
    expect(counter.admit(connectionFrom('192.0.2.1'))).toMatchObject({ code: 'RATE_LIMITED', headers: { 'retry-after': '1' } });
    expect(counter.admit(connectionFrom('192.0.2.2'))).toBeNull();
    first.emit('close');
    expect(counter.admit(connectionFrom('192.0.2.1'))).toBeNull();
    expect(lines).toHaveLength(1);
  });

  it('accepts 300 browsers with six connections each behind one address by default', () => {
    const { perAddress, total } = readGatewaySettings({}).connections;
    const counter = counterOf(perAddress, total);
    for (let index = 0; index < 300 * 6; index += 1) expect(counter.admit(connectionFrom('192.0.2.1'))).toBeNull();
  });

  it('treats an IPv6 /64 network as one address', () => {
    const counter = counterOf(1, 10);
    expect(counter.admit(connectionFrom('2001:db8:1:2::1'))).toBeNull();
    expect(counter.admit(connectionFrom('2001:db8:1:2:ffff::9'))).toMatchObject({ code: 'RATE_LIMITED' });
    expect(counter.admit(connectionFrom('2001:db8:1:3::1'))).toBeNull();
  });

  it('limits the total number of connections', () => {
    const counter = counterOf(2, 3);
    const admitted = ['1', '1', '2'].map((last) => counter.admit(connectionFrom(`192.0.2.${last}`)));
    expect(admitted).toEqual([null, null, null]);
    expect(counter.admit(connectionFrom('192.0.2.3'))).toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('does not count or limit connections of a trusted proxy', () => {
    const counter = counterOf(1, 1, parseNetworks(['10.0.0.0/8']) as Networks);
    for (let index = 0; index < 5; index += 1) expect(counter.admit(connectionFrom('10.0.0.1'))).toBeNull();
    expect(counter.admit(connectionFrom('192.0.2.1'))).toBeNull();
    expect(counter.admit(connectionFrom('192.0.2.1'))).toMatchObject({ code: 'RATE_LIMITED' });
  });
});

describe('the limit on open files', () => {
  const configured = { perAddress: 2_000, total: 8_000 };

  it('is read from this process', () => {
    expect(readMaxFiles()).toBeGreaterThan(100);
  });

  it('leaves the connection limits unchanged if it is high enough or absent', () => {
    expect(limitsOfProcess(configured, logger, 1_048_576)).toBe(configured);
    expect(limitsOfProcess(configured, logger, null)).toBe(configured);
    expect(lines).toEqual([]);
  });

  it('lowers the connection limits with a warning if it is low, and leaves connections for other addresses', () => {
    expect(limitsOfProcess(configured, logger, 1_024)).toEqual({ total: 448, perAddress: 224 });
    expect(lines).toEqual([
      [
        { maxFiles: 1_024, needed: 16_128, connectionsTotal: 448, connectionsPerAddress: 224 },
        expect.stringContaining('limit on open files is low'),
      ],
    ]);
    expect(affordableLimits({ perAddress: 10, total: 8_000 }, 1_024)).toEqual({ total: 448, perAddress: 10 });
    expect(affordableLimits(configured, 64)).toEqual({ total: 2, perAddress: 1 });
  });
});
