import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual, promisify } from 'node:util';
import { until } from '@rewards/testing/until';
import { Client } from './client';
import { ROOT, System } from './system';

const run = promisify(execFile);

/** Every file that a backup contains, relative to `DATA_DIR`. */
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

/** State of the chosen file. All other files are in the other state. */
type Age = 'old' | 'new';

/** The programs of `npm run rebuild`, run without a build. */
const REBUILDS = {
  counter: 'command-service/dist/counter/rebuild.js',
  readModel: 'projections/dist/rebuild/rebuild.js',
};

/** All combinations of a file and its age. */
export const RESTORES = RESTORED_FILES.flatMap((file) => (['old', 'new'] as const).map((age) => [file, age] as const));

const READ_MODELS = ['audit', 'claims', 'deadLetters', 'deliveries', 'events', 'participations', 'statistics'];
const NOTHING: readonly string[] = [];
/** What each restore must rebuild: every reader whose checkpoint is past the end of the restored log. */
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
  /** Number of acknowledged logins of each player. */
  readonly logins: readonly number[];
}

const HOUR = 3_600_000;

/**
 * Restores of a system that mix two states of its data, an older and a newer one. One file has one state and all others have the
 * other. Each restore follows the steps of `docs/operations.md` and is then checked.
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

  /** Creates and copies the older state, and then the newer one. */
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
      const older = await logInAndCopy(system, eventId, players, [2, 1], [0, 0]);
      system.launchAll();
      await system.ready();
      const newer = await logInAndCopy(system, eventId, players, [1, 3], older.logins);
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

  /** Runs a restore and checks it. @returns what was rebuilt @throws Error if a login is lost or counted twice */
  async check(file: RestoredFile, age: Age): Promise<readonly string[]> {
    await this.mix(file, age);
    await execute(documentedSteps()[0] ?? '', this.system.scriptEnvironment);
    this.system.launchAll();
    try {
      const expected = this.expectedLogins(file, age);
      // First grows the log past every stored checkpoint: a reader whose checkpoint does not match must stay stopped even then.
      const extraLogins = 6;
      for (let login = 0; login < extraLogins; login += 1) await retry(() => this.players[0]?.logIn());
      const rebuilt = await this.rebuildStoppedReaders();
      await this.system.ready();
      await this.expectCounts(expected.map((logins, player) => logins + (player === 0 ? extraLogins : 0)));
      await this.verify();
      return rebuilt;
    } finally {
      await this.system.stopServices();
    }
  }

  /** Fills the data directory with one file in one state and all others in the other state. */
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

  /** Returns the number of logins of each player that are in the restored files, either in the log or on the bus. */
  private expectedLogins(file: RestoredFile, age: Age): readonly number[] {
    const ageOf = (name: RestoredFile): Age => (name === file ? age : age === 'old' ? 'new' : 'old');
    const isNewer = ageOf('events.db') === 'new' || ageOf('bus/topic-logins.db') === 'new';
    return this.snapshots[isNewer ? 'new' : 'old'].logins;
  }

  private async rebuildStoppedReaders(): Promise<readonly string[]> {
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

  private async expectCounts(expected: readonly number[]): Promise<void> {
    let counted: readonly number[] = [];
    const isExpected = async (): Promise<boolean> => {
      counted = await Promise.all(this.accountIds.map((accountId) => this.counted(accountId)));
      return isDeepStrictEqual(counted, expected);
    };
    await until('every login to be counted', isExpected, Boolean, { withinMs: 30_000 }).catch(() => {
      throw new Error(`${JSON.stringify(counted)} logins are counted instead of ${JSON.stringify(expected)}`);
    });
    const progress = await Promise.all(this.accountIds.map((accountId) => this.progress(accountId)));
    if (!isDeepStrictEqual(progress, expected))
      throw new Error(`the read model shows ${JSON.stringify(progress)} logins instead of ${JSON.stringify(expected)}`);
  }

  private async counted(accountId: string): Promise<number> {
    const { body } = await this.admin.get(`/participations/${this.eventId}/${accountId}`);
    return (body?.data?.state?.progress as number | undefined) ?? -1;
  }

  /** Returns the progress from the read model, after it has caught up. */
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

  private async verify(): Promise<void> {
    const { stdout, stderr } = await run(process.execPath, [join(ROOT, 'projections/dist/verification/verify.js')], {
      env: this.system.scriptEnvironment,
    }).catch((error: { stdout?: string; stderr?: string }) => {
      throw new Error(`npm run verify failed:\n${error.stdout}\n${error.stderr}`);
    });
    if (!`${stdout}${stderr}`) throw new Error('npm run verify printed nothing');
  }
}

/** Returns the commands of the restore in `docs/operations.md`, in order. */
const documentedSteps = (): readonly string[] => {
  const page = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8');
  const [section = ''] = page.slice(page.indexOf('## Restore')).split(/\n## (?!Restore)/);
  return [...section.matchAll(/```bash\n([^`]*)```/g)].map(([, commands]) => (commands ?? '').trim());
};

const execute = async (commands: string, env: NodeJS.ProcessEnv): Promise<void> => {
  if (!commands.includes('rm -f "$DATA_DIR"'))
    throw new Error(`docs/operations.md no longer documents the removal of files in a restore: ${commands}`);
  await run('bash', ['-euc', commands], { env });
};

const readiness = async (url: string): Promise<{ readonly isReady: boolean; readonly text: string }> => {
  const response = await fetch(`${url}/health/ready`).catch(() => null);
  return { isReady: response?.status === 200, text: (await response?.text().catch(() => '')) ?? '' };
};

const retry = async (attempt: () => Promise<unknown> | undefined): Promise<void> => {
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

/** Logs players in, waits until the read models show all logins, stops the services, and copies their data. */
const logInAndCopy = async (
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
  await system.stopServices();
  const directory = mkdtempSync(join(tmpdir(), 'restore-'));
  cpSync(system.dataDir, directory, { recursive: true });
  return { directory, logins };
};
