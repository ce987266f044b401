import { problemBody } from '@rewards/testing/http';
import { until } from '@rewards/testing/until';
import { type System } from './system';
import { Client, type Answer } from './client';

const HOUR = 3_600_000;
export const potion = { name: '극한성장의 비약', type: 'ITEM', amount: 100 };
export const gem = { name: '코어 잼스톤', type: 'ITEM', amount: 100 };
export const sauna = { name: '사우나 이용권', type: 'COUPON', amount: 5 };

/** Where the players, the operator and the auditor go: a gateway. */
export type Entrance = Pick<System, 'url'>;

/** The reward story, as often as it is wanted, told by the staff of one system. */
export class Story {
  private constructor(
    private readonly entrance: Entrance,
    private readonly operator: Client,
    readonly auditor: Client,
  ) {}

  static async begin(system: System, entrance: Entrance = system): Promise<Story> {
    const admin = await Client.admin(system);
    return new Story(
      entrance,
      await Client.withRoles(entrance, admin, 'OPERATOR'),
      await Client.withRoles(entrance, admin, 'AUDITOR'),
    );
  }

  /** @param fields in place of the story's own */
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

  /** The whole story; `between` runs after each step. */
  async play(between: () => Promise<void> = async () => undefined): Promise<void> {
    const eventId = await this.createEvent();
    await between();
    const player = new Client(this.entrance);
    const accountId = await player.register();
    await between();
    await player.logIn();
    await progressReaches(player, eventId, 1);

    const refused = await player.post(`/events/${eventId}/completion`);
    expect(refused.status).toBe(409);
    expect(refused.body).toEqual(problemBody(409, 'CONDITION_NOT_MET', { progress: 1, required: 3 }));
    await between();

    await player.logIn();
    await between();
    await player.logIn();
    await progressReaches(player, eventId, 3);
    const completed = await player.post(`/events/${eventId}/completion`);
    expect(completed.status).toBe(200);
    const completedAt = expect.any(String) as string;
    expect(completed.body.data).toEqual({ eventId, status: 'COMPLETED', completedAt, rewards: [potion, gem, sauna] });
    await between();

    const part = { requestId: 'r1', rewardName: potion.name, amount: 20 };
    const first = await player.post(`/events/${eventId}/claims`, part);
    const claimOf = (requestId: string, { name: rewardName, type }: typeof potion, units: object) => ({
      ...{ claimId: expect.any(String) as string, requestId, eventId, rewardName, type, ...units },
      claimedAt: expect.any(String) as string,
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
    expect(progress.body.data).toEqual({
      completedAt,
      claimsUntil: expect.any(String),
      eventId,
      accountId,
      status: 'COMPLETED',
      progress: 3,
      required: 3,
      rewards: [
        { ...potion, claimed: 20, remaining: 80 },
        { ...gem, claimed: 100, remaining: 0 },
        { ...sauna, claimed: 0, remaining: 5 },
      ],
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

/** Waits until the player is shown that so many logins have counted. */
export const progressReaches = async (player: Client, eventId: string, progress: number): Promise<void> => {
  const read = () => player.get(`/events/${eventId}/progress`);
  const isShown = ({ status, body }: Answer) => status === 200 && body.data.progress === progress;
  await until(`progress ${progress}`, read, isShown, { withinMs: 30_000 });
};
