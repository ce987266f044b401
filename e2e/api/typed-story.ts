import { strictEqual } from 'node:assert';
import createClient, { type Client } from 'openapi-fetch';
import type { components, paths } from '../../console/src/shared/api/schema';

/** A client with the types of the OpenAPI document. */
export type ApiClient = Client<paths>;
type Schemas = components['schemas'];

const apiClient = (baseUrl: string, accessToken?: string): ApiClient =>
  createClient<paths>({ baseUrl, ...(accessToken !== undefined && { headers: { authorization: `Bearer ${accessToken}` } }) });

type Result<Data> = { readonly data?: Data; readonly error?: unknown; readonly response: Response };

/** Returns the body of an accepted request. @throws Error with the problem of a rejected one */
const accepted = <Data>({ data, error, response }: Result<Data>): NonNullable<Data> => {
  if (data === undefined || data === null) throw new Error(`${response.url}: ${response.status} ${JSON.stringify(error)}`);
  return data;
};

/** Returns the problem of a rejected request. @throws Error if the request was accepted */
const rejected = <Problem>({
  data,
  error,
  response,
}: {
  data?: unknown;
  error?: Problem;
  response: Response;
}): NonNullable<Problem> => {
  if (error === undefined || error === null) throw new Error(`${response.url}: accepted with ${JSON.stringify(data)}`);
  return error;
};

export interface Account {
  readonly email: string;
  readonly password: string;
}

export const logIn = async (baseUrl: string, body: Account): Promise<ApiClient> =>
  apiClient(baseUrl, (await tokensOf(baseUrl, body)).accessToken);

/** Logs an account in. @returns the loginId */
export const loginIdOf = async (baseUrl: string, body: Account): Promise<string> => (await tokensOf(baseUrl, body)).loginId;

const tokensOf = async (baseUrl: string, body: Account) => accepted(await apiClient(baseUrl).POST('/auth/login', { body })).data;

/** Registers an account, gives it roles and logs it in. */
export const createAccount = async (
  baseUrl: string,
  admin: ApiClient,
  account: Account,
  roles: Schemas['AccountResponse']['roles'],
): Promise<ApiClient> => {
  const { data } = accepted(await apiClient(baseUrl).POST('/auth/register', { body: account }));
  const path = { accountId: data.accountId };
  accepted(await admin.POST('/accounts/{accountId}/roles', { params: { path }, body: { roles } }));
  return logIn(baseUrl, account);
};

const sameJson = (actual: unknown, expected: unknown): void => strictEqual(JSON.stringify(actual), JSON.stringify(expected));

const HOUR = 3_600_000;
const potion = { name: '극한성장의 비약', type: 'ITEM', amount: 100 } as const;
const gem = { name: '코어 잼스톤', type: 'ITEM', amount: 100 } as const;

export interface StoryClients {
  readonly operator: ApiClient;
  readonly auditor: ApiClient;
  readonly player: ApiClient;
  /** Logs the player in again. @returns the loginId */
  readonly logInAgain: () => Promise<string>;
}

/** Plays the reward story with the generated client. The login of the player before it does not count, because the event begins later. */
export const playStory = async ({ operator, auditor, player, logInAgain }: StoryClients): Promise<void> => {
  const condition: Schemas['Condition'] = { type: 'LOGIN_STREAK', count: 1, graceDays: 0 };
  const draft = accepted(
    await operator.POST('/events', {
      body: {
        name: '접속 이벤트',
        startsAt: new Date(Date.now() + HOUR).toISOString(),
        endsAt: new Date(Date.now() + 2 * HOUR).toISOString(),
        condition,
        rewards: [potion],
      },
    }),
  ).data;
  strictEqual(draft.status, 'DRAFT');
  const path = { eventId: draft.eventId };

  const added = await operator.POST('/events/{eventId}/rewards', { params: { path }, body: gem });
  const noItem = { itemCode: null, onHold: false };
  sameJson(accepted(added).data.rewards, [
    { ...potion, ...noItem },
    { ...gem, ...noItem },
  ]);
  const duplicate = rejected(await operator.POST('/events/{eventId}/rewards', { params: { path }, body: gem }));
  strictEqual(duplicate.code === 'REWARD_EXISTS' && duplicate.rewardName, gem.name);

  const changed = await operator.POST('/events/{eventId}/change', {
    params: { path, header: { 'If-Match': added.response.headers.get('ETag') ?? '' } },
    body: { startsAt: new Date().toISOString(), condition: { type: 'LOGIN_COUNT', count: 2 } },
  });
  const newCondition = accepted(changed).data.condition;
  strictEqual(newCondition.type === 'LOGIN_COUNT' && newCondition.count, 2);
  // The body is optional, because it has no required field.
  strictEqual(accepted(await operator.POST('/events/{eventId}/publish', { params: { path } })).data.status, 'ACTIVE');

  const progressAfter = async (afterLogin: string) =>
    accepted(await player.GET('/events/{eventId}/progress', { params: { path, query: { afterLogin } } })).data.progress;
  strictEqual(await progressAfter(await logInAgain()), 1);
  const early = rejected(await player.POST('/events/{eventId}/completion', { params: { path } }));
  sameJson(early.code === 'CONDITION_NOT_MET' && [early.progress, early.required], [1, 2]);
  strictEqual(await progressAfter(await logInAgain()), 2);
  const completed = accepted(await player.POST('/events/{eventId}/completion', { params: { path } })).data;
  sameJson(completed.rewards, [
    { ...potion, itemCode: null },
    { ...gem, itemCode: null },
  ]);

  const part = { requestId: 'part', rewardName: potion.name, amount: 20 };
  const claimed = accepted(await player.POST('/events/{eventId}/claims', { params: { path }, body: part })).data;
  sameJson([claimed.amount, claimed.remaining], [20, 80]);
  const replay = await player.POST('/events/{eventId}/claims', { params: { path }, body: part });
  sameJson([accepted(replay).data, replay.response.headers.get('Idempotent-Replayed')], [claimed, 'true']);
  const body = { rewardName: gem.name, all: true } as const;
  const key = { 'Idempotency-Key': 'all' };
  const rest = accepted(await player.POST('/events/{eventId}/claims', { params: { path, header: key }, body })).data;
  sameJson([rest.requestId, rest.amount, rest.remaining], ['all', 100, 0]);
  const tooMany = await player.POST('/events/{eventId}/claims', {
    params: { path },
    body: { ...part, requestId: 'more', amount: 81 },
  });
  const problem = rejected(tooMany);
  strictEqual(problem.code === 'INSUFFICIENT_REMAINING' && problem.remaining, 80);

  const header = { 'X-Min-Position': tooMany.response.headers.get('X-Position') ?? '' };
  const listed = accepted(await auditor.GET('/claims', { params: { query: { eventId: draft.eventId }, header } }));
  sameJson(
    listed.data.map(({ requestId, status, reason }) => [requestId, status, reason]),
    [
      ['more', 'FAILURE', 'INSUFFICIENT_REMAINING'],
      ['all', 'SUCCESS', null],
      ['part', 'SUCCESS', null],
    ],
  );
  strictEqual(listed.page.next, null);
  const statistics = accepted(await auditor.GET('/events/{eventId}/statistics', { params: { path, header } })).data;
  sameJson([statistics.completed, statistics.claims.success, statistics.claims.failure], [1, 2, 1]);
};
