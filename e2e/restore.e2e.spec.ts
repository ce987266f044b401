import { RESTORED_FILES, Restores, type Age, type RestoredFile } from './testing/restore';

/** What only a rebuild helps after the file was left as the age says. */
const NOTHING: readonly string[] = [];
const READ_MODELS = ['audit', 'claims', 'deadLetters', 'events', 'participations', 'statistics'];
const REBUILT: Readonly<Record<RestoredFile, Readonly<Record<Age, readonly string[]>>>> = {
  'events.db': { old: [...READ_MODELS, 'counter'].sort(), new: NOTHING },
  'accounts.db': { old: NOTHING, new: NOTHING },
  'views.db': { old: NOTHING, new: READ_MODELS },
  'command.db': { old: NOTHING, new: ['counter'] },
  'bus/topic-logins.db': { old: NOTHING, new: NOTHING },
  'bus/topic-accounts.db': { old: NOTHING, new: NOTHING },
  'bus/group-command-service.db': { old: NOTHING, new: NOTHING },
};

describe('a restore by the steps of docs/operations.md', () => {
  let restores: Restores | null = null;

  beforeAll(async () => {
    restores = await Restores.prepare();
  }, 120_000);
  afterAll(() => restores?.stop());

  it.each(RESTORED_FILES.flatMap((file) => (['old', 'new'] as const).map((age) => [file, age] as const)))(
    'that leaves %s %s loses no login that a file still has, and counts none twice',
    async (file, age) => {
      expect(await restores?.check(file, age)).toEqual(REBUILT[file][age]);
    },
    120_000,
  );
});
