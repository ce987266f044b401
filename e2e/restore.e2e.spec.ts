import { REBUILT_BY, RESTORES, Restores } from './testing/restore';

describe('a restore by the steps of docs/operations.md', () => {
  let restores: Restores | null = null;

  beforeAll(async () => {
    restores = await Restores.prepare();
  }, 120_000);
  afterAll(() => restores?.stop());

  it.each(RESTORES)(
    'counts each login in the restored files once if %s is %s',
    async (file, age) => {
      expect(await restores?.check(file, age)).toEqual(REBUILT_BY[file][age]);
    },
    120_000,
  );
});
