import type { Database, RunCommit } from '@rewards/sqlite';
import { WrittenFile, translate } from './embedded-engine';
import { hasEnded, thisProcess, type ProcessIdentity } from '@rewards/async';

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

/** How far a partition is handled, and which message was the last. */
export interface Place {
  /** Offset of the first message that is not handled. */
  readonly next: number;
  /** Id of the topic's file; null if unknown. */
  readonly topicId: string | null;
  /** Content hash of the message before `next`; null if unknown. */
  readonly last: string | null;
}

export const BEGINNING: Place = { next: 0, topicId: null, last: null };

export interface Progress extends TopicPartition, Place {}

/** A consumer as stored in the group's file. Each heartbeat increments its beat. */
interface Member {
  readonly id: string;
  readonly process: ProcessIdentity;
  readonly topics: readonly string[];
  readonly beat: number;
}

interface Claim extends TopicPartition {
  readonly member: string;
}

export interface Assignment {
  /** The partitions of this member, including the surplus. */
  readonly claimed: readonly TopicPartition[];
  /** The partitions that it must hand over to other members, once the message in flight is handled. */
  readonly surplus: readonly TopicPartition[];
}

const SCHEMA = [
  `CREATE TABLE IF NOT EXISTS committed (
     topic TEXT NOT NULL, partition INTEGER NOT NULL, next INTEGER NOT NULL, PRIMARY KEY (topic, partition)
   ) WITHOUT ROWID`,
  // The message before a committed offset. Valid only for the same `next`: the first version writes only `committed`.
  `CREATE TABLE IF NOT EXISTS last_handled (
     topic TEXT NOT NULL, partition INTEGER NOT NULL, next INTEGER NOT NULL, topic_id TEXT, message TEXT,
     PRIMARY KEY (topic, partition)
   ) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS member (
     id TEXT PRIMARY KEY NOT NULL, process TEXT NOT NULL, topics TEXT NOT NULL, beat INTEGER NOT NULL
   ) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS claim (
     topic TEXT NOT NULL, partition INTEGER NOT NULL, member TEXT NOT NULL, PRIMARY KEY (topic, partition)
   ) WITHOUT ROWID`,
];

/** Handlers deduplicate, so reading a topic again changes nothing. */
const REMEDY = 'delete it with its -wal and -shm: the topics are then read again from their beginning';

/** A consumer group's file: committed offsets, members, and the partitions of each member. */
export class Group {
  private readonly file: WrittenFile<null>;

  /** @throws MessageBusUnavailable if the file cannot be opened */
  constructor(file: string, runCommit?: RunCommit) {
    this.file = new WrittenFile({ file, schema: SCHEMA, remedy: REMEDY, ...(runCommit && { runCommit }) }, () => null);
  }

  /** Increases each time the file is reopened because it was deleted or replaced. */
  get generation(): number {
    return this.file.generation;
  }

  /**
   * Keeps a member alive, removes dead ones, and claims free partitions up to the member's share.
   * @param partitions number of partitions of each topic that the member consumes
   */
  heartbeat(id: string, partitions: ReadonlyMap<string, number>, silences: LivenessMonitor): Promise<Assignment> {
    return this.write((database) => {
      const topics = [...partitions.keys()];
      database
        .prepare(
          'INSERT INTO member (id, process, topics, beat) VALUES (?, ?, ?, 1) ON CONFLICT (id) DO UPDATE SET beat = beat + 1',
        )
        .run([id, JSON.stringify(thisProcess), JSON.stringify(topics)]);
      const members = readMembers(database);
      const expired = silences.observe(members);
      const alive = members.filter((member) => member.id === id || !(expired.has(member.id) || hasEnded(member.process)));
      for (const member of members) if (!alive.includes(member)) removeMember(database, member.id);
      const claims = readClaims(database);
      const assignments = topics.map((topic) => {
        const rivals = alive.filter((member) => member.topics.includes(topic)).map((member) => member.id);
        return balanceTopic(id, topic, partitions.get(topic) ?? 0, rivals, claims);
      });
      const claim = database.prepare('INSERT INTO claim (topic, partition, member) VALUES (?, ?, ?)');
      for (const { topic, partition } of assignments.flatMap(({ added }) => added)) claim.run([topic, partition, id]);
      return {
        claimed: assignments.flatMap(({ kept, added, surplus }) => [...kept, ...added, ...surplus]),
        surplus: assignments.flatMap(({ surplus }) => surplus),
      };
    });
  }

  /** Frees a partition for other members. */
  async release(id: string, { topic, partition }: TopicPartition): Promise<void> {
    await this.write((database) =>
      database.prepare('DELETE FROM claim WHERE topic = ? AND partition = ? AND member = ?').run([topic, partition, id]),
    );
  }

  async leave(id: string): Promise<void> {
    await this.write((database) => removeMember(database, id));
  }

  /** Commits progress and never moves an offset back: a stalled member that lost its partitions may still commit old progress. */
  async commit(progress: readonly Progress[]): Promise<void> {
    await this.write((database) => {
      const offset = database.prepare(
        `INSERT INTO committed (topic, partition, next) VALUES (?, ?, ?)
         ON CONFLICT (topic, partition) DO UPDATE SET next = excluded.next WHERE excluded.next > next`,
      );
      const last = database.prepare(
        `INSERT INTO last_handled (topic, partition, next, topic_id, message) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (topic, partition) DO UPDATE SET next = excluded.next, topic_id = excluded.topic_id, message = excluded.message
         WHERE excluded.next > next`,
      );
      for (const { topic, partition, next, topicId, last: message } of progress) {
        offset.run([topic, partition, next]);
        last.run([topic, partition, next, topicId, message]);
      }
    });
  }

  /** Removes the committed progress of a partition, so that it is read from its beginning. */
  async forget({ topic, partition }: TopicPartition): Promise<void> {
    await this.write((database) => {
      for (const table of ['committed', 'last_handled'])
        database.prepare(`DELETE FROM ${table} WHERE topic = ? AND partition = ?`).run([topic, partition]);
    });
  }

  /** @returns the committed place of each partition of a topic that has one */
  committed(topic: string): ReadonlyMap<number, Place> {
    return this.file.read((_prepared, database) => readCommitted(database, topic));
  }

  /** Reopens the file if it was deleted or replaced, and tests a write. @throws the engine's error if the write fails */
  probe(): Promise<void> {
    return this.file.probe();
  }

  close(): Promise<void> {
    return this.file.close();
  }

  private write<T>(run: (database: Database) => T): Promise<T> {
    return this.file.write((_prepared, database) => run(database));
  }
}

/** Reads a group's offsets from its file without joining the group. */
export const readCommitted = (database: Database, topic: string): ReadonlyMap<number, Place> => {
  try {
    const rows = database
      .prepare(
        `SELECT partition, next, topic_id, message FROM committed LEFT JOIN last_handled USING (topic, partition, next)
         WHERE topic = ?`,
      )
      .all([topic]) as { partition: number; next: number; topic_id: string | null; message: string | null }[];
    return new Map(rows.map(({ partition, next, topic_id: topicId, message }) => [partition, { next, topicId, last: message }]));
  } catch (error) {
    throw translate(error);
  }
};

/** Finds expired members by the observer's clock: a process may hang, or run where its end cannot be observed. */
export class LivenessMonitor {
  private beats = new Map<string, { readonly beat: number; readonly since: number }>();

  constructor(private readonly limitMs: number) {}

  /** @returns the ids of the members whose beat has not increased within the limit */
  observe(members: readonly Pick<Member, 'id' | 'beat'>[]): ReadonlySet<string> {
    const now = performance.now();
    const before = this.beats;
    const sinceOf = (id: string, beat: number): number => {
      const last = before.get(id);
      return last?.beat === beat ? last.since : now;
    };
    this.beats = new Map(members.map(({ id, beat }) => [id, { beat, since: sinceOf(id, beat) }]));
    return new Set([...this.beats].filter(([, { since }]) => now - since >= this.limitMs).map(([id]) => id));
  }
}

interface Share {
  readonly kept: readonly TopicPartition[];
  readonly surplus: readonly TopicPartition[];
  readonly added: readonly TopicPartition[];
}

/** Balances a topic's partitions with the fewest moves. @returns the partitions that the member keeps, adds and hands over */
export const balanceTopic = (
  id: string,
  topic: string,
  partitions: number,
  members: readonly string[],
  claims: readonly Claim[],
): Share => {
  const rank = [...members].sort().indexOf(id);
  const quota = Math.floor(partitions / members.length) + (rank < partitions % members.length ? 1 : 0);
  const ofTopic = claims.filter((claim) => claim.topic === topic);
  const mine = ofTopic.filter(({ member }) => member === id).map(({ partition }) => partition);
  const claimed = new Set(ofTopic.map(({ partition }) => partition));
  const free = Array.from({ length: partitions }, (_, partition) => partition).filter((partition) => !claimed.has(partition));
  const inTopic = (chosen: readonly number[]): TopicPartition[] => chosen.map((partition) => ({ topic, partition }));
  return {
    kept: inTopic(mine.slice(0, quota)),
    surplus: inTopic(mine.slice(quota)),
    added: inTopic(free.slice(0, Math.max(quota - mine.length, 0))),
  };
};

const readMembers = (database: Database): Member[] => {
  const rows = database.prepare('SELECT id, process, topics, beat FROM member').all([]) as Record<
    'id' | 'process' | 'topics',
    string
  >[];
  return rows.map((row) => ({
    ...(row as unknown as Member),
    process: JSON.parse(row.process) as ProcessIdentity,
    topics: JSON.parse(row.topics) as string[],
  }));
};

const readClaims = (database: Database): Claim[] =>
  database.prepare('SELECT topic, partition, member FROM claim ORDER BY topic, partition').all([]) as Claim[];

const removeMember = (database: Database, id: string): void => {
  database.prepare('DELETE FROM claim WHERE member = ?').run([id]);
  database.prepare('DELETE FROM member WHERE id = ?').run([id]);
};
