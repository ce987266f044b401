import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual, promisify } from 'node:util';
import { until } from '@rewards/testing/until';
import { Client } from './client';
import { ROOT, System } from './system';

const run = promisify(execFile);

/** Every file that a restore may leave behind, relative to `DATA_DIR`. */
const RESTORED_FILES = [
  'events.db',
  'accounts.db',
  'views.db',
  'command.db',
  'bus/topic-logins.db',
  'bus/topic-accounts.db',
  'bus/group-command-service.db',
] as const;
type RestoredFile = (typeof RESTORED_FILES)[number];

/** Which of the two states the one file is in; all others are in the other one. */
type Age = 'old' | 'new';

/** What `npm run rebuild` runs, without its build. */
const REBUILDS = {
  counter: 'command-service/dist/counter/rebuild.js',
  readModel: 'projections/dist/rebuild/rebuild.js',
};

/** Every restore that is checked. */
export const RESTORES = RESTORED_FILES.flatMap((file) => (['old', 'new'] as const).map((age) => [file, age] as const));

const READ_MODELS = ['audit', 'claims', 'deadLetters', 'events', 'participations', 'statistics'];
const NOTHING: readonly string[] = [];
/** What each restore has to rebuild: whatever read further than the log goes now. */
export const REBUILT_BY: Readonly<Record<RestoredFile, Readonly<Record<Age, readonly string[]>>>> = {
  'events.db': { old: [...READ_MODELS, 'counter'].sort(), new: NOTHING },
  'accounts.db': { old: NOTHING, new: NOTHING },
  'views.db': { old: NOTHING, new: READ_MODELS },
  'command.db': { old: NOTHING, new: ['counter'] },
  'bus/topic-logins.db': { old: NOTHING, new: NOTHING },
  'bus/topic-accounts.db': { old: NOTHING, new: NOTHING },
  'bus/group-command-service.db': { old: NOTHING, new: NOTHING },
};

interface Snapshot {
  readonly directory: string;
  /** Logins of each player that were acknowledged so far. */
  readonly logins: readonly number[];
}

const HOUR = 3_600_000;

/**
 * A system with two states of its data, an older and a newer one, and the restores that mix them: one file of one state, all
 * others of the other. Each restore follows the steps of `docs/operations.md` and is then checked.
 */
export class Restores {
  private constructor(
    private readonly system: System,
    private readonly admin: Client,
    private readonly eventId: string,
    private readonly players: readonly Client[],
    private readonly accountIds: readonly string[],
    private readonly snapshots: Readonly<Record<Age, Snapshot>>,
  ) {}

  /** Plays up to the older state, keeps it, and plays on to the newer one. */
  static async prepare(): Promise<Restores> {
    const system = await System.start({ EVENTSTORE_URL: undefined, MONGODB_URL: undefined, KAFKA_BROKERS: undefined });
    try {
      const admin = await Client.admin(system);
      const operator = await Client.withRoles(system, admin, 'OPERATOR');
      const created = await operator.post('/events', {
        name: 'every login',
        startsAt: new Date(Date.now() - HOUR).toISOString(),
        endsAt: new Date(Date.now() + HOUR).toISOString(),
        condition: { type: 'LOGIN_COUNT', count: 1_000 },
        rewards: [{ name: 'potion', type: 'ITEM', amount: 1 }],
        publish: true,
      });
      const eventId = created.body.data.eventId as string;
      const players = [new Client(system), new Client(system)];
      const accountIds: string[] = [];
      for (const player of players) accountIds.push(await player.register());
      const older = await logInAndKeep(system, eventId, players, [2, 1], [0, 0]);
      system.launchAll();
      await system.ready();
      const newer = await logInAndKeep(system, eventId, players, [1, 3], older.logins);
      return new Restores(system, admin, eventId, players, accountIds, { old: older, new: newer });
    } catch (error) {
      await system.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.system.stop();
    for (const { directory } of Object.values(this.snapshots)) rmSync(directory, { recursive: true, force: true });
  }

  /** @returns what was rebuilt @throws Error that says what was lost or doubled */
  async check(file: RestoredFile, age: Age): Promise<readonly string[]> {
    await this.mix(file, age);
    await execute(documentedSteps()[0] ?? '', this.system.scriptEnvironment);
    this.system.launchAll();
    try {
      const expected = this.expectedLogins(file, age);
      // The log grows past every stored checkpoint before anybody looks: what does not match must stay stopped all the same.
      const surplus = 6;
      for (let login = 0; login < surplus; login += 1) await retried(() => this.players[0]?.logIn());
      const rebuilt = await this.rebuildWhatIsStopped();
      await this.system.ready();
      await this.counts(expected.map((logins, player) => logins + (player === 0 ? surplus : 0)));
      await this.isVerified();
      return rebuilt;
    } finally {
      await this.system.end();
    }
  }

  /** Builds the data directory: one file of one state, all others of the other one. */
  private async mix(file: RestoredFile, age: Age): Promise<void> {
    const { dataDir } = this.system;
    for (const name of readdirSync(dataDir)) rmSync(join(dataDir, name), { recursive: true });
    cpSync(this.snapshots[age === 'old' ? 'new' : 'old'].directory, dataDir, { recursive: true });
    for (const suffix of ['', '-wal', '-shm']) {
      const [from, to] = [join(this.snapshots[age].directory, file + suffix), join(dataDir, file + suffix)];
      rmSync(to, { force: true });
      if (suffix === '' || existsSync(from)) cpSync(from, to);
    }
  }

  /** The logins that are still in one of the files: recorded in the log, or published and waiting on the bus. */
  private expectedLogins(file: RestoredFile, age: Age): readonly number[] {
    const ageOf = (name: RestoredFile): Age => (name === file ? age : age === 'old' ? 'new' : 'old');
    const isNewer = ageOf('events.db') === 'new' || ageOf('bus/topic-logins.db') === 'new';
    return this.snapshots[isNewer ? 'new' : 'old'].logins;
  }

  private async rebuildWhatIsStopped(): Promise<readonly string[]> {
    const rebuilt: string[] = [];
    await until(
      'the services to be ready after the restore',
      async () => {
        const [command, projections] = await Promise.all([
          readiness(this.system.urlOf('command-service')),
          readiness(this.system.urlOf('projections')),
        ]);
        const remedies = [...`${command.text} ${projections.text}`.matchAll(/npm run rebuild -- (\w+)/g)].map(
          ([, name]) => name ?? '',
        );
        for (const name of new Set(remedies)) {
          if (rebuilt.includes(name)) continue;
          await run(process.execPath, [join(ROOT, REBUILDS[name === 'counter' ? 'counter' : 'readModel']), name], {
            env: this.system.scriptEnvironment,
          });
          rebuilt.push(name);
        }
        return command.isReady && projections.isReady;
      },
      Boolean,
      { withinMs: 60_000 },
    );
    return rebuilt.sort();
  }

  private async counts(expected: readonly number[]): Promise<void> {
    let counted: readonly number[] = [];
    const look = async (): Promise<boolean> => {
      counted = await Promise.all(this.accountIds.map((accountId) => this.counted(accountId)));
      return isDeepStrictEqual(counted, expected);
    };
    await until('every login to be counted', look, Boolean, { withinMs: 30_000 }).catch(() => {
      throw new Error(`${JSON.stringify(counted)} logins count instead of ${JSON.stringify(expected)}`);
    });
    const read = await Promise.all(this.accountIds.map((accountId) => this.progress(accountId)));
    if (!isDeepStrictEqual(read, expected))
      throw new Error(`the read model shows ${JSON.stringify(read)}, not ${JSON.stringify(expected)}`);
  }

  private async counted(accountId: string): Promise<number> {
    const { body } = await this.admin.get(`/participations/${this.eventId}/${accountId}`);
    return (body?.data?.state?.progress as number | undefined) ?? -1;
  }

  /** From the read model, once that has reached the end of the log. */
  private async progress(accountId: string): Promise<number> {
    await until(
      'the read models to be live',
      async () => {
        const { body } = await this.admin.get('/projections');
        return (body.data as { state: string }[]).every(({ state }) => state === 'LIVE');
      },
      Boolean,
      { withinMs: 30_000 },
    );
    const { body } = await this.admin.get(`/events/${this.eventId}/participations?limit=100`);
    const rows = body.data as { accountId: string; progress: number }[];
    return rows.find((row) => row.accountId === accountId)?.progress ?? -1;
  }

  private async isVerified(): Promise<void> {
    const { stdout, stderr } = await run(process.execPath, [join(ROOT, 'projections/dist/verification/verify.js')], {
      env: this.system.scriptEnvironment,
    }).catch((error: { stdout?: string; stderr?: string }) => {
      throw new Error(`npm run verify failed:\n${error.stdout}\n${error.stderr}`);
    });
    if (!`${stdout}${stderr}`) throw new Error('npm run verify printed nothing');
  }
}

/** The commands of the restore in `docs/operations.md`, in their order. */
const documentedSteps = (): readonly string[] => {
  const page = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8');
  const [section = ''] = page.slice(page.indexOf('## Restore')).split(/\n## (?!Restore)/);
  return [...section.matchAll(/```bash\n([^`]*)```/g)].map(([, commands]) => (commands ?? '').trim());
};

const execute = async (commands: string, env: NodeJS.ProcessEnv): Promise<void> => {
  if (!commands.includes('rm -f "$DATA_DIR"')) throw new Error(`docs/operations.md has no such step any more: ${commands}`);
  await run('bash', ['-euc', commands], { env });
};

const readiness = async (url: string): Promise<{ readonly isReady: boolean; readonly text: string }> => {
  const response = await fetch(`${url}/health/ready`).catch(() => null);
  return { isReady: response?.status === 200, text: (await response?.text().catch(() => '')) ?? '' };
};

const retried = async (attempt: () => Promise<unknown> | undefined): Promise<void> => {
  await until(
    'a login',
    async () =>
      Promise.resolve(attempt()).then(
        () => true,
        () => false,
      ),
    Boolean,
    { withinMs: 30_000 },
  );
};

/** Logs in, waits until all of it is in the read models, stops the services and keeps a copy of their data. */
const logInAndKeep = async (
  system: System,
  eventId: string,
  players: readonly Client[],
  times: readonly number[],
  before: readonly number[],
): Promise<Snapshot> => {
  for (const [index, player] of players.entries()) {
    for (let login = 0; login < (times[index] ?? 0); login += 1) await player.logIn();
  }
  const logins = players.map((_, index) => (before[index] ?? 0) + (times[index] ?? 0));
  const progress = async (player: Client) => (await player.get(`/events/${eventId}/progress`)).body?.data?.progress as number;
  await until(
    'all logins to be shown',
    async () => isDeepStrictEqual(await Promise.all(players.map(progress)), logins),
    Boolean,
    { withinMs: 30_000 },
  );
  await system.end();
  const directory = mkdtempSync(join(tmpdir(), 'restore-'));
  cpSync(system.dataDir, directory, { recursive: true });
  return { directory, logins };
};
