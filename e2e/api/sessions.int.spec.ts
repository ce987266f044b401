import { APPLICATIONS } from '@rewards/contracts';
import { problemBody } from '@rewards/testing/http';
import { ADMIN, startInProcess, type InProcess } from './in-process';

const REFRESH_TOKEN_SECONDS = 14 * 86_400;

let system: InProcess;

beforeAll(async () => {
  system = await startInProcess();
}, 60_000);
afterAll(() => system.stop());

interface Answer {
  readonly status: number;
  readonly body: { readonly data?: Readonly<Record<string, unknown>> };
  /** The pair of the cookie that a browser keeps; null if the response removes it. */
  readonly cookie: string | null;
  readonly attributes: string;
}

/** Sends a request like a page of the gateway. */
const post = async (path: string, { cookie, body }: { cookie?: string | null; body?: object } = {}): Promise<Answer> => {
  const response = await fetch(`${system.url}${path}`, {
    method: 'POST',
    headers: {
      origin: system.url,
      ...(cookie && { cookie }),
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const [pair = '', ...attributes] = (response.headers.getSetCookie()[0] ?? '').split('; ');
  const text = await response.text();
  return {
    status: response.status,
    body: (text === '' ? {} : JSON.parse(text)) as Answer['body'],
    cookie: pair.endsWith('=') ? null : pair,
    attributes: attributes.join('; '),
  };
};

const accountOf = async ({ body }: Answer): Promise<unknown> => {
  const headers = { authorization: `Bearer ${String(body.data?.['accessToken'])}` };
  return ((await (await fetch(`${system.url}/auth/me`, { headers })).json()) as { data: { email: string } }).data.email;
};

it.each(APPLICATIONS)('plays a session of /%s with auth-service: sign-in, refresh, reuse and end', async (application) => {
  const path = `/${application}/session`;
  const [tokenFields, lasting] = [
    { accessToken: expect.any(String), tokenType: 'Bearer', expiresIn: 900 },
    `Path=${path}; HttpOnly; SameSite=Strict; Max-Age=${REFRESH_TOKEN_SECONDS}`,
  ];
  const refused = await post(path, { body: { ...ADMIN, password: 'wrong' } });
  expect([refused.status, refused.body, refused.attributes]).toEqual([401, problemBody(401, 'BAD_CREDENTIALS'), '']);

  const begun = await post(path, { body: ADMIN });
  expect([begun.status, begun.body.data]).toEqual([200, { ...tokenFields, loginId: expect.any(String) }]);
  expect(begun.attributes).toBe(lasting);
  expect(await accountOf(begun)).toBe(ADMIN.email);

  const refreshed = await post(`${path}/refresh`, { cookie: begun.cookie });
  expect([refreshed.status, refreshed.body.data, refreshed.attributes]).toEqual([200, tokenFields, lasting]);
  expect(refreshed.cookie).not.toBe(begun.cookie);
  expect(await accountOf(refreshed)).toBe(ADMIN.email);

  const reused = await post(`${path}/refresh`, { cookie: begun.cookie });
  expect([reused.status, reused.body, reused.cookie]).toEqual([401, problemBody(401, 'TOKEN_REUSED'), null]);
  expect(reused.attributes).toContain('Max-Age=0');
  const ended = await post(`${path}/refresh`, { cookie: refreshed.cookie });
  expect([ended.status, ended.body, ended.cookie]).toEqual([401, problemBody(401, 'BAD_TOKEN'), null]);

  const again = await post(path, { body: ADMIN });
  const signedOut = await post(`${path}/end`, { cookie: again.cookie });
  expect([signedOut.status, signedOut.cookie]).toEqual([204, null]);
  const afterwards = await post(`${path}/refresh`, { cookie: again.cookie });
  expect([afterwards.status, afterwards.body]).toEqual([401, problemBody(401, 'BAD_TOKEN')]);
});

it('locks an account after failed logins by any of its routes, by the network of the client', async () => {
  const nobody = { email: 'nobody@example.com', password: 'wrong' };
  for (const path of ['/console/session', '/play/session', '/auth/login'])
    for (let attempt = 0; attempt < 4; attempt += 1) await post(path, { body: nobody });
  const locked = await post('/console/session', { body: nobody });
  expect([locked.status, locked.body]).toEqual([429, problemBody(429, 'ACCOUNT_LOCKED')]);
});
