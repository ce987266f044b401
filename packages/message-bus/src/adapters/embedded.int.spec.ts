import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openDatabase, type Database } from '@rewards/sqlite';
import { breakEngine } from '@rewards/sqlite/testing/engine-fault';
import { MessageBusDamaged, MessageBusUnavailable, type DeliveredMessage, type MessageBus } from '../message-bus';
import { messageBusContract } from '../testing/message-bus.contract';
import { openEmbeddedMessageBus } from './embedded';
import { thisProcess, type ProcessIdentity } from './process-identity';

const HEARTBEAT_MS = 50;
const times = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const newDirectory = (): string => mkdtempSync(join(tmpdir(), 'bus-'));
const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await condition())) await delay(2);
};

messageBusContract('SQLite', async () => {
  const directory = newDirectory();
  return {
    open: async () => openEmbeddedMessageBus({ directory, heartbeatMs: HEARTBEAT_MS }),
    cleanUp: async () => rmSync(directory, { recursive: true }),
  };
});

describe('message bus on SQLite', () => {
  let directory: string;
  let buses: MessageBus[];

  const open = (options: { readonly partitions?: number; readonly heartbeatMs?: number } = {}): MessageBus => {
    const bus = openEmbeddedMessageBus({ directory, heartbeatMs: HEARTBEAT_MS, ...options });
    buses.push(bus);
    return bus;
  };
  /** The group's file, for what no well-behaved member would do. */
  const inGroupFile = <T>(work: (database: Database) => T): T => {
    const database = openDatabase({ file: join(directory, 'group-g.db') });
    try {
      return work(database);
    } finally {
      database.close();
    }
  };
  const collect = async (bus: MessageBus, topic = 't') => {
    const received: DeliveredMessage[] = [];
    const handle = async (message: DeliveredMessage): Promise<void> => void received.push(message);
    return { received, consumer: await bus.consume({ group: 'g', topics: [topic], handle }) };
  };
  const publish = (bus: MessageBus, count: number): Promise<void> =>
    bus.publish(
      't',
      times(count).map((n) => ({ key: `key-${n}`, value: `${n}` })),
    );

  beforeEach(() => {
    directory = newDirectory();
    buses = [];
  });

  afterEach(async () => {
    for (const bus of buses) await bus.close();
    rmSync(directory, { recursive: true });
  });

  it('numbers the messages of a partition without a gap', async () => {
    const [one, other] = [open({ partitions: 3 }), open({ partitions: 5 })];
    await Promise.all(times(60).map((n) => (n % 2 ? other : one).publish('t', [{ key: `${n}`, value: '' }])));
    const { received } = await collect(one);
    await until(() => received.length >= 60);
    const partitions = new Set(received.map(({ partition }) => partition));
    expect([...partitions].sort()).toEqual([0, 1, 2]);
    for (const partition of partitions) {
      const offsets = received.filter((message) => message.partition === partition).map(({ offset }) => offset);
      expect(offsets).toEqual(times(offsets.length).map(String));
    }
  });

  it('consumes a topic that comes into being later', async () => {
    const [producer, other] = [open(), open({ heartbeatMs: 60_000 })];
    const { received } = await collect(other);
    expect(existsSync(join(directory, 'topic-t.db'))).toBe(false);
    expect(await other.lag('g', 't')).toBe(0);
    await publish(producer, 10);
    await until(() => received.length >= 10);
  });

  it('gives a member that joins its share', async () => {
    const [one, other] = [open(), open()];
    await publish(one, 100);
    const first = await collect(one);
    await until(() => first.received.length >= 100);
    const second = await collect(other);
    const claims = () =>
      inGroupFile((database) => database.prepare('SELECT count(*) AS count FROM claim GROUP BY member').all([])) as {
        count: number;
      }[];
    await until(() => claims().length === 2 && claims().every(({ count }) => count === 4));
    await publish(one, 100);
    await until(() => first.received.length + second.received.length >= 200);
    expect(second.received.length).toBeGreaterThan(0);
    expect(first.received.length + second.received.length).toBe(200);
  });

  describe('a member that died without leaving', () => {
    const dieWithAllPartitions = (holder: ProcessIdentity): void =>
      inGroupFile((database) => {
        const member = database.prepare('INSERT INTO member (id, process, topics, beat) VALUES (?, ?, ?, 1)');
        member.run(['dead', JSON.stringify(holder), '["t"]']);
        const claim = database.prepare("INSERT INTO claim (topic, partition, member) VALUES ('t', ?, 'dead')");
        for (const partition of times(8)) claim.run([partition]);
      });
    const endedPid = (): number => spawnSync(process.execPath, ['-e', '']).pid;

    beforeEach(async () => {
      const bus = open();
      await publish(bus, 20);
      await (await collect(bus, 'none-yet')).consumer.stop();
    });

    it.each<[string, () => ProcessIdentity]>([
      ['its process has ended', () => ({ ...thisProcess, pid: endedPid() })],
      ['its process had our pid', () => ({ ...thisProcess, run: 'an earlier one' })],
    ])('is replaced at once when %s', async (_, holder) => {
      dieWithAllPartitions(holder());
      const { received } = await collect(open({ heartbeatMs: 60_000 }));
      await until(() => received.length >= 20);
    });

    it.each<[string, () => ProcessIdentity]>([
      ['its process cannot be seen', () => ({ ...thisProcess, host: 'elsewhere', pid: endedPid() })],
      ['its process runs, but is silent', () => ({ ...thisProcess, pid: process.ppid })],
    ])('is replaced when it is silent for four heartbeats if %s', async (_, holder) => {
      dieWithAllPartitions(holder());
      const joined = performance.now();
      const { received } = await collect(open());
      await until(() => received.length >= 20);
      expect(performance.now() - joined).toBeGreaterThanOrEqual(4 * HEARTBEAT_MS);
    });
  });

  it('does not start again at once with a partition whose last message is still in hand', async () => {
    const bus = open({ partitions: 1 });
    await publish(bus, 2);
    let atOnce = 0;
    let most = 0;
    let finish = (): void => undefined;
    const handled: string[] = [];
    await bus.consume({
      group: 'g',
      topics: ['t'],
      handle: async ({ value }) => {
        most = Math.max(most, ++atOnce);
        if (handled.length === 0) await new Promise<void>((resolve) => (finish = resolve));
        atOnce -= 1;
        handled.push(value);
      },
    });
    await until(() => atOnce === 1);
    // Put out by another, as after a long sleep; the next heartbeats take the partition anew.
    inGroupFile((database) => database.exec('DELETE FROM claim; DELETE FROM member'));
    const beats = () =>
      (inGroupFile((database) => database.prepare('SELECT beat FROM member').all([])) as { beat: number }[])[0]?.beat ?? 0;
    await until(() => beats() > 2);
    finish();
    await until(() => handled.length >= 2);
    expect([most, [...new Set(handled)]]).toEqual([1, ['0', '1']]);
  });

  it('moves committed offsets only forwards', async () => {
    const bus = open({ partitions: 1 });
    await publish(bus, 10);
    let finish: (() => void) | null = null;
    const late = await bus.consume({
      group: 'g',
      topics: ['t'],
      handle: () => new Promise<void>((resolve) => (finish = resolve)),
    });
    await until(() => finish !== null);
    inGroupFile((database) => database.exec("INSERT INTO committed (topic, partition, next) VALUES ('t', 0, 7)"));
    const stopping = late.stop();
    finish!();
    await stopping;
    expect(await bus.lag('g', 't')).toBe(3);
  });

  it('delivers to others at once what an abandoned consumer had in hand', async () => {
    const [one, other] = [open(), open({ heartbeatMs: 60_000 })];
    await publish(one, 5);
    let isStuck = false;
    const stuck = await one.consume({
      group: 'g',
      topics: ['t'],
      handle: () => new Promise<void>(() => (isStuck = true)),
    });
    await until(() => isStuck);
    void stuck.stop();
    await one.close();
    const { received } = await collect(other);
    await until(() => received.length >= 5);
  });

  it('says that the engine is away when its folder cannot be used', async () => {
    writeFileSync(join(directory, 'file'), '');
    const bus = openEmbeddedMessageBus({ directory: join(directory, 'file') });
    await expect(bus.publish('t', [{ key: 'a', value: '' }])).rejects.toThrow(MessageBusUnavailable);
    await expect(bus.consume({ group: 'g', topics: ['t'], handle: async () => undefined })).rejects.toThrow(
      MessageBusUnavailable,
    );
    await expect(bus.ping()).rejects.toThrow(MessageBusUnavailable);
    await bus.close();
  });

  it('waits for another producer that writes', async () => {
    const bus = open();
    await publish(bus, 1);
    const other = openDatabase({ file: join(directory, 'topic-t.db') });
    other.exec('BEGIN IMMEDIATE');
    const publishing = publish(bus, 1);
    expect(await bus.lag('g', 't')).toBe(1);
    other.exec('COMMIT');
    other.close();
    await publishing;
    expect(await bus.lag('g', 't')).toBe(2);
  });

  it.each(['', '../t', 'a/b', 'a b', 'x'.repeat(201)])('refuses %p for a name', async (name) => {
    const bus = open();
    await expect(bus.publish(name, [{ key: 'a', value: '' }])).rejects.toThrow(TypeError);
    await expect(bus.consume({ group: name, topics: ['t'], handle: async () => undefined })).rejects.toThrow(TypeError);
  });

  describe('a damaged file', () => {
    const damage = (file: string): void => writeFileSync(join(directory, file), 'something else entirely'.repeat(100));

    it('of a topic is named to its producer, and makes the bus unready', async () => {
      damage('topic-t.db');
      const bus = open();
      await expect(publish(bus, 1)).rejects.toThrow(/topic-t\.db is damaged \(SQLITE_NOTADB/);
      await expect(bus.ping()).rejects.toThrow(MessageBusDamaged);
    });

    it('of a topic is named to its consumers, and makes the bus unready', async () => {
      damage('topic-t.db');
      const bus = open();
      await expect(bus.consume({ group: 'g', topics: ['t'], handle: async () => undefined })).rejects.toThrow(MessageBusDamaged);
      await expect(bus.ping()).rejects.toThrow(MessageBusDamaged);
    });

    it('of a group is named, and makes the bus unready', async () => {
      damage('group-g.db');
      const bus = open();
      await expect(bus.consume({ group: 'g', topics: ['t'], handle: async () => undefined })).rejects.toThrow(
        /group-g\.db is damaged/,
      );
      await expect(bus.ping()).rejects.toThrow(MessageBusDamaged);
    });
  });

  it('is unavailable while the disk of a file that it writes is full', async () => {
    const bus = open();
    await collect(bus);
    const fault = breakEngine({ code: 'SQLITE_FULL', on: /^COMMIT$/ });
    await expect(bus.ping()).rejects.toThrow(/the disk of group-g\.db is full/);
    fault.lift();
  });
});
