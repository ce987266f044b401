import { Auth, dataDirs, type Answer, type Player } from './harness';

const dirs = dataDirs();
let auth: Auth;
beforeAll(async () => {
  auth = await Auth.start(dirs.make());
});
afterAll(async () => {
  await auth.close();
  dirs.removeAll();
});

let counter = 0;
const newPlayer = () => auth.player(`player${(counter += 1)}@example.com`);
const problemOf = ({ status, body }: Answer) => [status, body.code];
const NEW = 'another password';
const change = ({ accessToken, password }: Pick<Player, 'accessToken' | 'password'>, newPassword = NEW) =>
  auth.post('/auth/password', { currentPassword: password, newPassword }, accessToken);
const refresh = async (refreshToken: string) => {
  const { status, body } = await auth.post('/auth/refresh', { refreshToken });
  return status === 200 ? (body.data as { accessToken: string; refreshToken: string }) : body.code;
};

describe('a password change', () => {
  it('replaces the password', async () => {
    const player = await newPlayer();
    const answer = await change(player);
    expect([answer.status, answer.body]).toEqual([204, '']);
    expect(problemOf(await auth.logIn(player))).toEqual([401, 'BAD_CREDENTIALS']);
    expect((await auth.logIn({ email: player.email, password: NEW })).status).toBe(200);
  });

  it('ends all other sessions and keeps the session of the caller', async () => {
    const player = await newPlayer();
    const other = (await auth.logIn(player)).body.data.refreshToken as string;
    expect((await change(player)).status).toBe(204);
    expect(await refresh(other)).toBe('BAD_TOKEN');
    const { refreshToken } = await refresh(player.refreshToken);
    expect((await refresh(refreshToken)).refreshToken).toEqual(expect.any(String));
  });

  it('keeps the session of any of its access tokens, also after a refresh and a second change', async () => {
    const player = await newPlayer();
    const next = await refresh(player.refreshToken);
    expect((await change({ ...player, accessToken: next.accessToken })).status).toBe(204);
    const last = await refresh(next.refreshToken);
    expect((await change({ accessToken: player.accessToken, password: NEW }, 'a third password')).status).toBe(204);
    expect((await refresh(last.refreshToken)).refreshToken).toEqual(expect.any(String));
  });

  it('ends all sessions if the session of the caller has already ended', async () => {
    const player = await newPlayer();
    const other = (await auth.logIn(player)).body.data.refreshToken as string;
    await auth.post('/auth/logout', { refreshToken: player.refreshToken });
    expect((await change(player)).status).toBe(204);
    expect(await refresh(other)).toBe('BAD_TOKEN');
  });

  it('succeeds once when two changes race', async () => {
    const player = await newPlayer();
    const answers = await Promise.all([change(player, 'password one'), change(player, 'password two')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 401]);
    const winner = answers[0]?.status === 204 ? 'password one' : 'password two';
    expect((await auth.logIn({ email: player.email, password: winner })).status).toBe(200);
  });

  it.each([
    [{}, ['currentPassword', 'newPassword']],
    [{ currentPassword: 'x', newPassword: '1234567' }, ['newPassword']],
    [{ currentPassword: 1, newPassword: NEW }, ['currentPassword']],
    [{ currentPassword: 'x', newPassword: NEW, email: 'x@example.com' }, ['email']],
  ])('names the invalid fields of %j', async (body, fields) => {
    const { accessToken } = await newPlayer();
    const answer = await auth.post('/auth/password', body, accessToken);
    expect(answer.status).toBe(400);
    expect(answer.body.errors.map(({ field }: { field: string }) => field)).toEqual(fields);
  });
});
