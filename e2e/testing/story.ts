import { problemBody } from '@rewards/testing/http';
import { until } from '@rewards/testing/until';
import { type System } from './system';
import { Client, type Answer } from './client';

const HOUR = 3_600_000;
export const potion = { name: '극한성장의 비약', type: 'ITEM', amount: 100 };
export const gem = { name: '코어 잼스톤', type: 'ITEM', amount: 100 };
export const sauna = { name: '사우나 이용권', type: 'COUPON', amount: 5 };
/** A reward without an item code in a response. */
const shown = (reward: typeof potion) => ({ ...reward, itemCode: null });

/** The gateway that clients send their requests to. */
export type Gateway = Pick<System, 'url'>;

/** The reward story, which can be played repeatedly on one system. */
export class Story {
  private constructor(
    readonly gateway: Gateway,
    private readonly operator: Client,
    readonly auditor: Client,
  ) {}

  static async begin(system: System, gateway: Gateway = system): Promise<Story> {
    const admin = await Client.admin(system);
    return new Story(
      gateway,
      await Client.withRoles(gateway, admin, 'OPERATOR'),
      await Client.withRoles(gateway, admin, 'AUDITOR'),
    );
  }

  /** Creates and publishes an event. @param fields override those of the story */
  async createEvent(fields: object = {}): Promise<string> {
    const { status, body } = await this.operator.post('/events', {
      name: '접속 이벤트',
      startsAt: new Date(Date.now() - HOUR).toISOString(),
      endsAt: new Date(Date.now() + HOUR).toISOString(),
      condition: { type: 'LOGIN_COUNT', count: 3 },
      rewards: [potion, gem, sauna],
      publish: true,
      ...fields,
    });
    expect(status).toBe(201);
    return body.data.eventId;
  }

  /** Plays the whole story. @param disturb runs after each step, and may interrupt the system; reads are then retried */
  async play(disturb?: () => Promise<void>): Promise<void> {
    const between = disturb ?? (async () => undefined);
    const progressAfter = disturb ? progressAfterOutage : progressAfterLogin;
    const eventId = await this.createEvent();
    await between();
    const player = new Client(this.gateway);
    const accountId = await player.register();
    await between();
    expect(await progressAfter(player, eventId, await player.logIn())).toBe(1);

    const early = await player.post(`/events/${eventId}/completion`);
    expect(early.status).toBe(409);
    expect(early.body).toEqual(problemBody(409, 'CONDITION_NOT_MET', { progress: 1, required: 3 }));
    await between();

    await player.logIn();
    await between();
    expect(await progressAfter(player, eventId, await player.logIn())).toBe(3);
    const completed = await player.post(`/events/${eventId}/completion`);
    expect(completed.status).toBe(200);
    const completedAt = expect.any(String) as string;
    expect(completed.body.data).toEqual({
      ...{ eventId, cycle: null, milestone: 3, status: 'COMPLETED', completedAt },
      rewards: [potion, gem, sauna].map(shown),
    });
    await between();

    const part = { requestId: 'r1', rewardName: potion.name, amount: 20 };
    const first = await player.post(`/events/${eventId}/claims`, part);
    const claimOf = (requestId: string, { name: rewardName, type }: typeof potion, units: object) => ({
      ...{ claimId: expect.any(String) as string, requestId, eventId, cycle: null, milestone: 3, target: null },
      ...{ rewardName, type, itemCode: null, ...units, claimedAt: expect.any(String) as string },
    });
    expect([first.status, first.body.data]).toEqual([201, claimOf('r1', potion, { amount: 20, claimed: 20, remaining: 80 })]);
    await between();
    const all = await player.post(`/events/${eventId}/claims`, { requestId: 'r2', rewardName: gem.name, all: true });
    expect([all.status, all.body.data]).toEqual([201, claimOf('r2', gem, { amount: 100, claimed: 100, remaining: 0 })]);
    const tooMany = await player.post(`/events/${eventId}/claims`, { requestId: 'r3', rewardName: potion.name, amount: 81 });
    expect(tooMany.status).toBe(409);
    expect(tooMany.body).toEqual(problemBody(409, 'INSUFFICIENT_REMAINING', { remaining: 80 }));
    await between();
    const replay = await player.post(`/events/${eventId}/claims`, part);
    expect([replay.status, replay.body.data, replay.headers.get('idempotent-replayed')]).toEqual([200, first.body.data, 'true']);
    const several = await player.post(`/events/${eventId}/claims`, [part, { ...part, rewardName: gem.name }]);
    expect([several.status, several.body.code]).toEqual([400, 'VALIDATION_FAILED']);

    const position = tooMany.headers.get('x-position') ?? '';
    const progress = await player.get(`/events/${eventId}/progress`, { 'x-min-position': position });
    expect(progress.status).toBe(200);
    const rewards = [
      { ...shown(potion), claimed: 20, remaining: 80 },
      { ...shown(gem), claimed: 100, remaining: 0 },
      { ...shown(sauna), claimed: 0, remaining: 5 },
    ];
    expect(progress.body.data).toEqual({
      ...{ eventId, accountId, cycle: null, claimsUntil: expect.any(String) as string },
      ...{ status: 'COMPLETED', progress: 3, required: 3, rewards, completedAt },
      milestones: [{ count: 3, status: 'COMPLETED', completedAt, rewards }],
      days: [],
    });

    const claims = await this.auditor.get(`/claims?eventId=${eventId}&email=${encodeURIComponent(player.email.toUpperCase())}`, {
      'x-min-position': position,
    });
    expect(claims.status).toBe(200);
    expect(
      claims.body.data.map((row: Record<string, unknown>) => [
        row.requestId,
        row.rewardName,
        row.amount,
        row.status,
        row.reason,
        row.email,
      ]),
    ).toEqual([
      ['r3', potion.name, 81, 'FAILURE', 'INSUFFICIENT_REMAINING', player.email],
      ['r2', gem.name, 100, 'SUCCESS', null, player.email],
      ['r1', potion.name, 20, 'SUCCESS', null, player.email],
    ]);
  }
}

/** Waits until a verification has covered the read models as they are now, and expects no findings. */
export const expectVerified = async (story: Story): Promise<void> => {
  const { body } = await story.auditor.get('/projections');
  const head =
    (body.data as { position: string }[])
      .map(({ position }) => position)
      .toSorted()
      .at(-1) ?? '';
  let verification = body;
  await until(
    'a verification',
    async () => {
      verification = (await story.auditor.get('/verification?fresh=true')).body.data;
      return verification.position !== null && verification.position >= head;
    },
    Boolean,
    { withinMs: 30_000 },
  );
  expect([verification.ok, verification.findings]).toEqual([true, []]);
};

/** Returns the progress that counts a login, as the game shows it right after the login. */
export const progressAfterLogin = async (player: Client, eventId: string, loginId: string): Promise<number> => {
  const { status, body } = await player.get(`/events/${eventId}/progress?afterLogin=${loginId}`);
  expect([status, body.code]).toEqual([200, undefined]);
  return body.data.progress;
};

/** Returns the progress that counts a login, even if an outage delays the counting. */
const progressAfterOutage = async (player: Client, eventId: string, loginId: string): Promise<number> => {
  const read = () => player.get(`/events/${eventId}/progress?afterLogin=${loginId}`);
  const { body } = await until('the login to be counted', read, ({ status }) => status === 200, { withinMs: 30_000 });
  return body.data.progress;
};

/** Waits until the read model shows the player this progress. */
export const progressReaches = async (player: Client, eventId: string, progress: number): Promise<void> => {
  const read = () => player.get(`/events/${eventId}/progress`);
  const isReached = ({ status, body }: Answer) => status === 200 && body.data.progress === progress;
  await until(`progress ${progress}`, read, isReached, { withinMs: 30_000 });
};
