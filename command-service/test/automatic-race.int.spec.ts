import { streams, type Reward } from '@rewards/contracts';
import { until } from '@rewards/testing/until';
import {
  claim,
  createEvent,
  factsOf,
  newAccount,
  operator,
  post,
  publishLogin,
  readProgress,
  service,
  start,
  useCommandService,
  type Account,
} from './harness';

useCommandService();

const coin: Reward = { name: 'coin', type: 'CURRENCY', amount: 1_000 };
const gem: Reward = { name: 'gem', type: 'ITEM', amount: 7 };
const ROUNDS = 4;
const PLAYERS = 15;

const untilProgress = (eventId: string, players: readonly Account[], progress: number) =>
  until(`${progress} counted logins of each player`, async () => {
    for (const player of players) if ((await readProgress(eventId, player)) < progress) return false;
    return true;
  });

/** What an account was promised and granted in an event, by milestone and reward. */
const booksOf = async (eventId: string, { accountId }: Account) => {
  const facts = await factsOf(streams.participation(eventId, accountId));
  const completions = facts.filter(({ type }) => type === 'EventCompleted').map(({ data }) => data.milestone);
  const granted: Record<string, number> = {};
  for (const { type, data } of facts) {
    const key = `${String(data.milestone)} ${String(data.rewardName)}`;
    if (type === 'RewardClaimed') granted[key] = (granted[key] ?? 0) + Number(data.amount);
  }
  return { completions, granted };
};

describe('a login that completes a milestone, while the player completes and claims it through two services', () => {
  it.each([
    ['with automatic claims', true],
    ['without automatic claims', false],
  ])(
    'grants each reward once, %s',
    async (_, autoClaim) => {
      const other = await start();
      try {
        for (let round = 0; round < ROUNDS; round += 1) {
          const eventId = await createEvent({
            condition: { type: 'LOGIN_COUNT', count: 900 },
            milestones: [{ count: 1, rewards: [coin, gem] }],
            autoComplete: true,
            autoClaim,
            confirmPast: true,
          });
          const players = Array.from({ length: PLAYERS }, () => newAccount('USER'));
          // The milestone is reached in a pause, so that it is completed by the next login, or by the player before it.
          await post(operator, `/events/${eventId}/pause`, { counting: 'CONTINUE' });
          for (const player of players) await publishLogin(player);
          await untilProgress(eventId, players, 1);
          await post(operator, `/events/${eventId}/resume`);
          await until('both services to claim again', async () => {
            const stranger = newAccount('USER');
            const body = { requestId: 'r', rewardName: 'coin', all: true, milestone: 1 };
            const answers = await Promise.all([service, other].map((at) => claim(stranger, eventId, body, at)));
            return answers.every(({ body: { code } }) => code === 'NOT_COMPLETED');
          });
          const statuses = new Set<number>();
          await Promise.all(
            players.flatMap((player, index) => [
              // Some logins come first, some requests.
              new Promise((resolve) => setTimeout(resolve, (index % 5) * 10)).then(() => publishLogin(player)),
              ...[service, other].map(async (at, place) => {
                for (let attempt = 0; attempt < 3; attempt += 1) {
                  const completed = await post(player, `/events/${eventId}/completion`, { milestone: 1 }, at);
                  statuses.add(completed.status);
                  const body = { requestId: `r-${place}-${attempt}`, rewardName: 'coin', amount: 400, milestone: 1 };
                  statuses.add((await claim(player, eventId, body, at)).status);
                  const all = { requestId: `all-${attempt}`, rewardName: 'gem', all: true, milestone: 1 };
                  statuses.add((await claim(player, eventId, all, at)).status);
                }
              }),
            ]),
          );
          await untilProgress(eventId, players, 2);
          expect([...statuses].filter((status) => ![200, 201, 409, 422, 429].includes(status))).toEqual([]);
          for (const player of players) {
            const { completions, granted } = await booksOf(eventId, player);
            expect(completions).toEqual([1]);
            // Without automatic claims, 800 coins are two claims of 400, and the last 200 remain.
            expect(granted).toEqual(autoClaim ? { '1 coin': 1_000, '1 gem': 7 } : { '1 coin': 800, '1 gem': 7 });
          }
        }
      } finally {
        await other.close();
      }
    },
    120_000,
  );
});
