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

describe('connections', () => {
  const counterOf = (perAddress: number, total: number, trustProxy: boolean | Networks = false) =>
    new ConnectionCounter({ perAddress, total }, new ClientAddresses(trustProxy), logger);

  it('are limited for each address, however it is written, until they close', () => {
    const counter = counterOf(2, 10);
    const first = connectionFrom('192.0.2.1');
    expect([counter.admit(first), counter.admit(connectionFrom('::ffff:192.0.2.1'))]).toEqual([null, null]);
    expect(counter.admit(connectionFrom('192.0.2.1'))).toMatchObject({ code: 'RATE_LIMITED', headers: { 'retry-after': '1' } });
    expect(counter.admit(connectionFrom('192.0.2.2'))).toBeNull();
    first.emit('close');
    expect(counter.admit(connectionFrom('192.0.2.1'))).toBeNull();
    expect(lines).toHaveLength(1);
  });

  it('by default are enough for 300 browsers behind one address, which open six each', () => {
    const { perAddress, total } = readGatewaySettings({}).connections;
    const counter = counterOf(perAddress, total);
    for (let index = 0; index < 300 * 6; index += 1) expect(counter.admit(connectionFrom('192.0.2.1'))).toBeNull();
  });

  it('are limited for a /64 network of IPv6 as for one address', () => {
    const counter = counterOf(1, 10);
    expect(counter.admit(connectionFrom('2001:db8:1:2::1'))).toBeNull();
    expect(counter.admit(connectionFrom('2001:db8:1:2:ffff::9'))).toMatchObject({ code: 'RATE_LIMITED' });
    expect(counter.admit(connectionFrom('2001:db8:1:3::1'))).toBeNull();
  });

  it('are limited in total', () => {
    const counter = counterOf(2, 3);
    const admitted = ['1', '1', '2'].map((last) => counter.admit(connectionFrom(`192.0.2.${last}`)));
    expect(admitted).toEqual([null, null, null]);
    expect(counter.admit(connectionFrom('192.0.2.3'))).toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('are not limited for a trusted proxy, nor counted', () => {
    const counter = counterOf(1, 1, parseNetworks(['10.0.0.0/8']) as Networks);
    for (let index = 0; index < 5; index += 1) expect(counter.admit(connectionFrom('10.0.0.1'))).toBeNull();
    expect(counter.admit(connectionFrom('192.0.2.1'))).toBeNull();
    expect(counter.admit(connectionFrom('192.0.2.1'))).toMatchObject({ code: 'RATE_LIMITED' });
  });
});

describe('the limit on open files', () => {
  const wanted = { perAddress: 2_000, total: 8_000 };

  it('is read from this process', () => {
    expect(readMaxFiles()).toBeGreaterThan(100);
  });

  it('changes nothing where it is high enough, or where there is none', () => {
    expect(limitsOfProcess(wanted, logger, 1_048_576)).toBe(wanted);
    expect(limitsOfProcess(wanted, logger, null)).toBe(wanted);
    expect(lines).toEqual([]);
  });

  it('lowers the limits and is logged where it is low, and leaves room for other addresses', () => {
    expect(limitsOfProcess(wanted, logger, 1_024)).toEqual({ total: 448, perAddress: 224 });
    expect(lines).toEqual([
      [
        { maxFiles: 1_024, needed: 16_128, connectionsTotal: 448, connectionsPerAddress: 224 },
        expect.stringContaining('limit on open files is low'),
      ],
    ]);
    expect(affordableLimits({ perAddress: 10, total: 8_000 }, 1_024)).toEqual({ total: 448, perAddress: 10 });
    expect(affordableLimits(wanted, 64)).toEqual({ total: 2, perAddress: 1 });
  });
});
