import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { thisProcess, type ProcessIdentity } from '@rewards/async';
import { openDatabase, type Database } from '@rewards/sqlite';
import { breakEngine, type EngineFault } from '@rewards/sqlite/testing/engine-fault';
import { until } from '@rewards/testing/until';
import {
  MessageBusDamaged,
  MessageBusUnavailable,
  type DeliveredMessage,
  type MessageBus,
  type TopicReset,
} from '../message-bus';
import { messageBusContract } from '../testing/message-bus.contract';
import { openEmbeddedMessageBus } from './embedded';
import { Group } from './embedded-group';

const HEARTBEAT_MS = 50;
const times = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const newDirectory = (): string => mkdtempSync(join(tmpdir(), 'bus-'));
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
  /** Runs statements on the group's file that no member would run. */
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

  it('numbers the messages of a partition without gaps', async () => {
    const [one, other] = [open({ partitions: 3 }), open({ partitions: 5 })];
    await Promise.all(times(60).map((n) => (n % 2 ? other : one).publish('t', [{ key: `${n}`, value: '' }])));
    const { received } = await collect(one);
    await until(
      '60 messages',
      () => received.length,
      (value) => value >= 60,
    );
    const partitions = new Set(received.map(({ partition }) => partition));
    expect([...partitions].sort()).toEqual([0, 1, 2]);
    for (const partition of partitions) {
      const offsets = received.filter((message) => message.partition === partition).map(({ offset }) => offset);
      expect(offsets).toEqual(times(offsets.length).map(String));
    }
  });

  it('consumes a topic that is created later', async () => {
    const [producer, other] = [open(), open({ heartbeatMs: 60_000 })];
    const { received } = await collect(other);
    expect(existsSync(join(directory, 'topic-t.db'))).toBe(false);
    expect(await other.lag('g', 't')).toBe(0);
    await publish(producer, 10);
    await until(
      '10 messages',
      () => received.length,
      (value) => value >= 10,
    );
  });

  it('assigns a joining member its share of the partitions', async () => {
    const [one, other] = [open(), open()];
    await publish(one, 100);
    const first = await collect(one);
    await until(
      '100 messages',
      () => first.received.length,
      (value) => value >= 100,
    );
    const second = await collect(other);
    const claims = () =>
      inGroupFile((database) => database.prepare('SELECT count(*) AS count FROM claim GROUP BY member').all([])) as {
        count: number;
      }[];
    await until(
      'both consumers to have four partitions',
      () => claims().length === 2 && claims().every(({ count }) => count === 4),
    );
    await publish(one, 100);
    await until(
      '200 messages',
      () => first.received.length + second.received.length,
      (value) => value >= 200,
    );
    expect(second.received.length).toBeGreaterThan(0);
    expect(first.received.length + second.received.length).toBe(200);
  });

  describe('a member that died without leaving', () => {
    const addDeadMember = (holder: ProcessIdentity): void =>
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
      ['an earlier process had our pid', () => ({ ...thisProcess, run: 'an earlier one' })],
    ])('is replaced immediately if %s', async (_, holder) => {
      addDeadMember(holder());
      const { received } = await collect(open({ heartbeatMs: 60_000 }));
      await until(
        '20 messages',
        () => received.length,
        (value) => value >= 20,
      );
    });

    it.each<[string, () => ProcessIdentity]>([
      ['its process is on another machine', () => ({ ...thisProcess, host: 'elsewhere', pid: endedPid() })],
      ['its process runs, but sends no heartbeats', () => ({ ...thisProcess, pid: process.ppid })],
    ])('is replaced after four missed heartbeats if %s', async (_, holder) => {
      addDeadMember(holder());
      const joined = performance.now();
      const { received } = await collect(open());
      await until(
        '20 messages',
        () => received.length,
        (value) => value >= 20,
      );
      expect(performance.now() - joined).toBeGreaterThanOrEqual(4 * HEARTBEAT_MS);
    });
  });

  it('does not read a partition again while its last message is in flight', async () => {
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
        handled.push(String(value));
      },
    });
    await until(
      'a handler to begin',
      () => atOnce,
      (value) => value === 1,
    );
    // Simulates removal by another member after a stall. The next heartbeats claim the partition again.
    inGroupFile((database) => database.exec('DELETE FROM claim; DELETE FROM member'));
    const beats = () =>
      (inGroupFile((database) => database.prepare('SELECT beat FROM member').all([])) as { beat: number }[])[0]?.beat ?? 0;
    await until(
      'three heartbeats',
      () => beats(),
      (value) => value > 2,
    );
    finish();
    await until(
      '2 messages',
      () => handled.length,
      (value) => value >= 2,
    );
    expect([most, [...new Set(handled)]]).toEqual([1, ['0', '1']]);
  });

  it('never moves a committed offset back', async () => {
    const bus = open({ partitions: 1 });
    await publish(bus, 10);
    let finish: (() => void) | null = null;
    const late = await bus.consume({
      group: 'g',
      topics: ['t'],
      handle: () => new Promise<void>((resolve) => (finish = resolve)),
    });
    await until('the handler to begin', () => finish !== null);
    inGroupFile((database) => database.exec("INSERT INTO committed (topic, partition, next) VALUES ('t', 0, 7)"));
    const stopping = late.stop();
    finish!();
    await stopping;
    expect(await bus.lag('g', 't')).toBe(3);
  });

  it('redelivers the messages in flight of an abandoned consumer immediately', async () => {
    const [one, other] = [open(), open({ heartbeatMs: 60_000 })];
    await publish(one, 5);
    let isStuck = false;
    const stuck = await one.consume({
      group: 'g',
      topics: ['t'],
      handle: () => new Promise<void>(() => (isStuck = true)),
    });
    await until('the handler to be stuck', () => isStuck);
    void stuck.stop();
    await one.close();
    const { received } = await collect(other);
    await until(
      '5 messages',
      () => received.length,
      (value) => value >= 5,
    );
  });

  it('is unavailable if its directory cannot be used', async () => {
    writeFileSync(join(directory, 'file'), '');
    const bus = openEmbeddedMessageBus({ directory: join(directory, 'file') });
    await expect(bus.publish('t', [{ key: 'a', value: '' }])).rejects.toThrow(MessageBusUnavailable);
    await expect(bus.consume({ group: 'g', topics: ['t'], handle: async () => undefined })).rejects.toThrow(
      MessageBusUnavailable,
    );
    await expect(bus.ping()).rejects.toThrow(MessageBusUnavailable);
    await bus.close();
  });

  it('waits for a write of another producer', async () => {
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

  it.each(['', '../t', 'a/b', 'a b', 'x'.repeat(201)])('rejects the name %p', async (name) => {
    const bus = open();
    await expect(bus.publish(name, [{ key: 'a', value: '' }])).rejects.toThrow(TypeError);
    await expect(bus.consume({ group: name, topics: ['t'], handle: async () => undefined })).rejects.toThrow(TypeError);
  });

  describe('with files that may not match each other', () => {
    const topicFile = () => join(directory, 'topic-t.db');
    const groupFile = () => join(directory, 'group-g.db');
    const remove = (file: string): void => {
      for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
    };
    /** Copies a file as an operator does, with an empty write-ahead log. */
    const backUp = (file: string): void => {
      const database = openDatabase({ file });
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      database.close();
      copyFileSync(file, `${file}.backup`);
    };
    const restore = (file: string): void => {
      copyFileSync(`${file}.backup`, `${file}.new`);
      for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true });
      renameSync(`${file}.new`, file);
    };
    const publishNumbers = (bus: MessageBus, from: number, to: number): Promise<void> =>
      bus.publish(
        't',
        times(to - from).map((n) => ({ key: 'k', value: `${from + n}` })),
      );
    /** A bus with a consumer in group `g`. */
    const startConsumer = async () => {
      const bus = open();
      const values: number[] = [];
      const resets: TopicReset[] = [];
      const errors: unknown[] = [];
      const consumer = await bus.consume({
        group: 'g',
        topics: ['t'],
        handle: async ({ value }) => void values.push(Number(value)),
        onReset: (reset) => resets.push(reset),
        onError: (error) => errors.push(error),
      });
      const received = (count: number) =>
        until(
          `${count} different messages`,
          () => new Set(values).size,
          (value) => value >= count,
        );
      const caughtUp = () =>
        until(
          'no lag',
          async () => await bus.lag('g', 't'),
          (value) => value === 0,
        );
      const stop = async () => {
        await consumer.stop();
        await bus.close();
      };
      return { bus, values, resets, errors, received, caughtUp, stop };
    };
    const range = (from: number, to: number): number[] => times(to - from).map((n) => from + n);
    /** Publishes a range of messages, consumes them all, and closes the bus. */
    const publishAndConsume = async (from: number, to: number): Promise<void> => {
      const { bus, received, caughtUp, stop } = await startConsumer();
      await publishNumbers(bus, from, to);
      await received(to - from);
      await caughtUp();
      await stop();
    };

    it('resumes at the committed offset if they match', async () => {
      await publishAndConsume(0, 5);
      const { bus, values, resets, received } = await startConsumer();
      await publishNumbers(bus, 5, 6);
      await received(1);
      expect([values, resets]).toEqual([[5], []]);
    });

    it('reads a recreated topic from its beginning', async () => {
      await publishAndConsume(0, 5);
      remove(topicFile());
      await publishNumbers(open(), 100, 103);
      expect(await open().lag('g', 't')).toBe(3);
      const { values, resets, received, caughtUp } = await startConsumer();
      await received(3);
      await caughtUp();
      expect(values).toEqual([100, 101, 102]);
      expect(resets).toEqual([{ topic: 't', partition: expect.any(Number), offset: '5', reason: 'The topic was recreated.' }]);
    });

    it('reads a recreated topic from its beginning even if it has grown past the offset', async () => {
      await publishAndConsume(0, 5);
      remove(topicFile());
      await publishNumbers(open(), 100, 110);
      expect(await open().lag('g', 't')).toBe(10);
      const { values, received } = await startConsumer();
      await received(10);
      expect(values).toEqual(range(100, 110));
    });

    it('reads an older copy of a topic from its beginning, including later messages', async () => {
      await publishAndConsume(0, 3);
      backUp(topicFile());
      await publishAndConsume(3, 7);
      restore(topicFile());
      expect(await open().lag('g', 't')).toBe(3);
      const { bus, values, resets, received, caughtUp, stop } = await startConsumer();
      await received(3);
      await publishNumbers(bus, 100, 102);
      await received(5);
      await caughtUp();
      expect(values).toEqual([0, 1, 2, 100, 101]);
      expect(resets.map(({ offset, reason }) => [offset, reason])).toEqual([
        ['7', 'The topic ends before the committed offset: an older copy was restored.'],
      ]);
      await stop();
      // The new committed offset matches.
      const next = await startConsumer();
      await publishNumbers(next.bus, 102, 103);
      await next.received(1);
      expect([next.values, next.resets]).toEqual([[102], []]);
    });

    it('loses no message of an older copy of a topic that has grown past the offset', async () => {
      await publishAndConsume(0, 3);
      backUp(topicFile());
      await publishAndConsume(3, 5);
      restore(topicFile());
      await publishNumbers(open(), 100, 110);
      expect(await open().lag('g', 't')).toBe(13);
      const { values, resets, received } = await startConsumer();
      await received(13);
      expect(values).toEqual([0, 1, 2, ...range(100, 110)]);
      expect(resets).toHaveLength(1);
    });

    it('delivers again the messages that an older copy of the group file had not committed', async () => {
      await publishAndConsume(0, 3);
      backUp(groupFile());
      await publishAndConsume(3, 7);
      restore(groupFile());
      const { values, resets, received } = await startConsumer();
      await received(4);
      expect([values, resets]).toEqual([[3, 4, 5, 6], []]);
    });

    it('accepts an offset committed by the first version of the program, unless it is past the end', async () => {
      await publishAndConsume(0, 5);
      inGroupFile((database) => database.exec('DELETE FROM last_handled'));
      expect(await open().lag('g', 't')).toBe(0);
      inGroupFile((database) => database.exec('UPDATE committed SET next = 9'));
      const { values, received } = await startConsumer();
      await received(5);
      expect(values).toEqual(range(0, 5));
    });

    it('accepts a topic file of the first version of the program', async () => {
      await publishAndConsume(0, 5);
      const database = openDatabase({ file: topicFile() });
      database.exec('DROP TABLE identity');
      database.close();
      const { bus, values, resets, received } = await startConsumer();
      expect(await bus.lag('g', 't')).toBe(0);
      await publishNumbers(bus, 5, 6);
      await received(1);
      expect([values, resets]).toEqual([[5], []]);
    });

    describe('from before messages had headers', () => {
      const headers = { ce_id: '극한' };
      /** Makes a topic file of an earlier version, with the messages 0 to 4 consumed and 5 not. */
      const makeOldFile = async (): Promise<void> => {
        await publishAndConsume(0, 5);
        const bus = open();
        await publishNumbers(bus, 5, 6);
        await bus.close();
        const database = openDatabase({ file: topicFile() });
        database.exec('DROP TABLE header');
        database.close();
      };

      it('are read as messages without headers', async () => {
        await makeOldFile();
        const bus = open();
        expect(await bus.lag('g', 't')).toBe(1);
        const { received } = await collect(bus);
        await until('a message', () => received.length > 0);
        expect(received.map(({ value, headers: none }) => [String(value), none])).toEqual([['5', {}]]);
      });

      it('get the table when their producer opens them, also under a consumer that has read them', async () => {
        await makeOldFile();
        const { received } = await collect(open());
        await until('a message', () => received.length > 0);
        await open().publish('t', [
          { key: 'k', value: '6', headers },
          { key: 'k', value: '7' },
        ]);
        await until('three messages', () => received.length >= 3);
        expect(received.map((message) => [String(message.value), message.headers])).toEqual([
          ['5', {}],
          ['6', headers],
          ['7', {}],
        ]);
      });
    });

    describe('that change while the bus is open', () => {
      /** Starts a separate producer and consumer, as in two processes, and handles messages 0, 1 and 2. */
      const startHandled = async () => {
        const producer = open();
        const consumer = await startConsumer();
        await publishNumbers(producer, 0, 3);
        await consumer.received(3);
        await consumer.caughtUp();
        return { producer, ...consumer };
      };

      it.each<[string, () => void]>([
        ['all files', () => rmSync(directory, { recursive: true })],
        ['the topic', () => remove(topicFile())],
        ['the topic, without its write-ahead log', () => rmSync(topicFile())],
        ['the group', () => remove(groupFile())],
        ['the group, without its write-ahead log', () => rmSync(groupFile())],
      ])('delivers messages published after the deletion of %s', async (_files, destroy) => {
        const { producer, values, received, caughtUp } = await startHandled();
        destroy();
        await producer.ping();
        await publishNumbers(producer, 100, 102);
        await received(5);
        await caughtUp();
        expect(values.slice(-2)).toEqual([100, 101]);
        for (const file of [topicFile(), groupFile()]) expect(existsSync(file)).toBe(true);
        // A bus that opens the files now has the same offsets.
        expect(await open().lag('g', 't')).toBe(0);
      });

      it('creates a deleted file again on a ping', async () => {
        const { producer } = await startHandled();
        remove(topicFile());
        await producer.ping();
        expect(existsSync(topicFile())).toBe(true);
      });

      it('is unavailable while a deleted file cannot be created again', async () => {
        const { producer } = await startHandled();
        rmSync(directory, { recursive: true });
        writeFileSync(directory, '');
        await expect(producer.ping()).rejects.toThrow(MessageBusUnavailable);
        await expect(publishNumbers(producer, 3, 4)).rejects.toThrow(MessageBusUnavailable);
        rmSync(directory);
        await publishNumbers(producer, 3, 4);
      });

      it('does not acknowledge a write to a file that is deleted during the write', async () => {
        const { producer } = await startHandled();
        const publishing = publishNumbers(producer, 3, 4);
        remove(topicFile());
        await expect(publishing).rejects.toThrow(MessageBusUnavailable);
      });

      it('reads an older copy that replaces the topic from its beginning', async () => {
        const { producer, values, resets, received, caughtUp } = await startHandled();
        backUp(topicFile());
        await publishNumbers(producer, 3, 7);
        await received(7);
        await caughtUp();
        restore(topicFile());
        await publishNumbers(producer, 100, 102);
        await received(9);
        await caughtUp();
        expect(values).toEqual([...range(0, 7), 0, 1, 2, 100, 101]);
        expect(resets).toHaveLength(1);
      });

      it('commits its progress to a group file that is created again', async () => {
        const { values, caughtUp } = await startHandled();
        remove(groupFile());
        await until('the file of the group', () => existsSync(groupFile()));
        await caughtUp();
        expect(values).toEqual([0, 1, 2]);
      });
    });

    it('reports a full disk once and the recovery once', async () => {
      const producer = open();
      const [errors, recoveries]: [unknown[], number[]] = [[], []];
      let fault: EngineFault | null = null;
      await open().consume({
        group: 'g',
        topics: ['t'],
        handle: async () => void (fault ??= breakEngine({ code: 'SQLITE_FULL', on: /^COMMIT/ })),
        onError: (error) => errors.push(error),
        onRecovered: (failures) => recoveries.push(failures),
      });
      const attempts = [jest.spyOn(Group.prototype, 'commit'), jest.spyOn(Group.prototype, 'heartbeat')];
      await publishNumbers(producer, 0, 1);
      await until('ten commits and ten heartbeats', () => attempts.every(({ mock }) => mock.calls.length >= 10));
      for (const spy of attempts) spy.mockRestore();
      fault!.lift();
      await until(
        'the recovery',
        () => recoveries.length,
        (value) => value > 0,
      );
      // One error for the offsets and one for the heartbeat.
      expect(errors).toHaveLength(2);
      expect(recoveries).toEqual([expect.any(Number)]);
      expect(recoveries[0]).toBeGreaterThanOrEqual(18);
    });
  });

  describe('with a damaged file', () => {
    const damage = (file: string): void => writeFileSync(join(directory, file), 'something else entirely'.repeat(100));

    it('names a topic file in the error of its producer and fails the ping', async () => {
      damage('topic-t.db');
      const bus = open();
      await expect(publish(bus, 1)).rejects.toThrow(/topic-t\.db is damaged \(SQLITE_NOTADB/);
      await expect(bus.ping()).rejects.toThrow(MessageBusDamaged);
    });

    it('rejects the consumers of a topic file and fails the ping', async () => {
      damage('topic-t.db');
      const bus = open();
      await expect(bus.consume({ group: 'g', topics: ['t'], handle: async () => undefined })).rejects.toThrow(MessageBusDamaged);
      await expect(bus.ping()).rejects.toThrow(MessageBusDamaged);
    });

    it('names a group file with its remedy and fails the ping', async () => {
      damage('group-g.db');
      const bus = open();
      await expect(bus.consume({ group: 'g', topics: ['t'], handle: async () => undefined })).rejects.toThrow(
        /group-g\.db is damaged .* delete it with its -wal and -shm/,
      );
      await expect(bus.ping()).rejects.toThrow(MessageBusDamaged);
    });
  });

  it('is unavailable while the disk of one of its files is full', async () => {
    const bus = open();
    await collect(bus);
    const fault = breakEngine({ code: 'SQLITE_FULL', on: /^COMMIT$/ });
    await expect(bus.ping()).rejects.toThrow(/the disk of group-g\.db is full/);
    fault.lift();
  });
});
