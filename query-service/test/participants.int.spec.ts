import { randomUUID } from 'node:crypto';
import { ELIXIR, factsOfParticipation, SAUNA, rewardResponse } from '@rewards/contracts/testing/sample-events';
import { createQueryWorld, type Caller, type QueryWorld } from '../src/testing/query-world';

type Row = Record<string, unknown>;

describe('GET /events/{eventId}/participations', () => {
  let world: QueryWorld;
  let operator: Caller;
  let eventId: string;
  const [anna, bora, chan] = [randomUUID(), randomUUID(), randomUUID()];

  beforeAll(async () => {
    world = await createQueryWorld();
    operator = world.person('OPERATOR');
    eventId = await world.newEvent();
    const [ofAnna, ofBora, ofChan] = [anna, bora, chan].map((id) => factsOfParticipation(eventId, id)) as [
      ReturnType<typeof factsOfParticipation>,
      ReturnType<typeof factsOfParticipation>,
      ReturnType<typeof factsOfParticipation>,
    ];
    await world.directory.insert(anna, { accountId: anna, email: 'anna@example.com' });
    await world.directory.insert(bora, { accountId: bora, email: null });
    await world.record(
      ...[ofAnna.started(), ofBora.started(), ofChan.started(), ofAnna.counted(1), ofAnna.counted(2)],
      ...[ofAnna.counted(3), ofBora.counted(1), ofAnna.completed()],
      factsOfParticipation(await world.newEvent(), anna).started(),
    );
  });

  afterAll(() => world.close());

  const rowsOf = async (query: string) =>
    (await world.get(`/events/${eventId}/participations?${query}`, operator)).body.data as readonly Row[];

  it('lists all participants with progress and e-mail, latest start first', async () => {
    const rows = await rowsOf('');
    const milestone = { count: 3, status: 'LOCKED', completedAt: null };
    const completed = { status: 'COMPLETED', completedAt: '2026-11-05T00:00:00.000Z' };
    const shown = (accountId: string, email: string | null, progress: number, changes: object = {}) => ({
      ...{ eventId, accountId, email, cycle: null, status: 'IN_PROGRESS', progress, required: 3 },
      rewards: [
        { ...rewardResponse(ELIXIR), claimed: 0, remaining: 100 },
        { ...rewardResponse(SAUNA), claimed: 0, remaining: 5 },
      ],
      ...{ completedAt: null, milestones: [milestone], claimsUntil: '2026-12-15T00:00:00.000Z', ...changes },
    });
    expect(rows).toEqual([
      shown(chan, null, 0),
      shown(bora, null, 1),
      shown(anna, 'anna@example.com', 3, { ...completed, milestones: [{ ...milestone, ...completed }] }),
    ]);
    const { body } = await world.get(`/events/${eventId}/progress`, { ...operator });
    expect(Object.keys(rows[0] ?? {})).toEqual([...Object.keys(body.data as Row).filter((name) => name !== 'days'), 'email']);
  });

  it.each([
    ['status', 'status=COMPLETED', () => [anna]],
    ['e-mail', 'email=%20Anna@example.com', () => [anna]],
    ['e-mail and status', 'email=anna@example.com&status=IN_PROGRESS', () => []],
    ['an unknown e-mail', 'email=nobody@example.com', () => []],
  ])('filters by %s', async (_name, query, expected) => {
    expect((await rowsOf(query)).map(({ accountId }) => accountId)).toEqual(expected());
  });

  it('pages by a cursor that stays valid while others start', async () => {
    const seen: unknown[] = [];
    let next: string | null | undefined;
    for (let page = 0; next !== null; page += 1) {
      const { body } = await world.get(`/events/${eventId}/participations?limit=1${next ? `&cursor=${next}` : ''}`, operator);
      seen.push(...(body.data as readonly Row[]).map(({ accountId }) => accountId));
      next = body.page?.next;
      await world.record(factsOfParticipation(eventId, randomUUID()).started());
    }
    expect(seen).toEqual([chan, bora, anna]);
  });

  it('rejects invalid parameters, unknown events and players', async () => {
    for (const query of [
      'status=OPEN',
      'status=NOT_STARTED',
      'email=anna',
      'email=a+nna@example.com',
      'limit=010',
      'cursor=x',
      'limit=0',
      'page=1',
    ]) {
      expect((await world.get(`/events/${eventId}/participations?${query}`, operator)).status).toBe(400);
    }
    for (const id of [randomUUID(), 'x']) expect((await world.get(`/events/${id}/participations`, operator)).status).toBe(404);
    expect((await world.get(`/events/${eventId}/participations`, world.person('USER'))).status).toBe(403);
  });
});
