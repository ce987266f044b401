import { randomUUID } from 'node:crypto';
import { streams } from '@rewards/contracts';
import { ELIXIR, factsOfParticipation, metadataOf, SAUNA, type Fact } from '@rewards/contracts/testing/sample-events';
import { claimIdOf } from '@rewards/service-kit/derived-id';
import { invalidOf } from '@rewards/testing/http';
import { createQueryWorld, type Caller, type QueryWorld } from '../src/testing/query-world';

const TRACE = 'a'.repeat(32);
const AT = '2026-11-02T00:00:00.000Z';

describe('players', () => {
  let world: QueryWorld;
  let operator: Caller;
  let eventId: string;
  const [mina, jun, gone] = [randomUUID(), randomUUID(), randomUUID()];
  const loginId = randomUUID();
  const email = 'mina+1@example.com';

  const accountFact = (accountId: string, type: string, data: object = {}): Fact => ({
    stream: streams.account(accountId),
    event: { type, data: { messageId: randomUUID(), accountId, at: '2026-10-01T00:00:00.000Z', ...data } },
  });

  beforeAll(async () => {
    world = await createQueryWorld();
    operator = world.person('OPERATOR');
    eventId = await world.newEvent();
    await world.directory.insert(mina, { accountId: mina, email });
    await world.directory.insert(gone, { accountId: gone, email: null });
    // A login has the id of the message that intake recorded it from.
    const login = { type: 'LoggedIn', data: { loginId, accountId: mina, at: AT } };
    const metadata = { ...metadataOf(login), causationId: loginId };
    const claim = { requestId: 'shared-1', claimed: 20, remaining: 80 };
    const [ofMina, ofJun] = [factsOfParticipation(eventId, mina), factsOfParticipation(eventId, jun)];
    await world.store.append(streams.login(mina, AT), 'any', [{ id: randomUUID(), ...login, metadata }]);
    await world.record(
      ...[accountFact(mina, 'AccountRegistered', { roles: ['USER'] }), accountFact(mina, 'RolesChanged', { roles: ['AUDITOR'] })],
      ...[accountFact(gone, 'AccountRegistered', { roles: ['USER'] }), accountFact(gone, 'AccountErased')],
      ...[ofMina.started(), ofMina.counted(1), ofMina.counted(2), ofMina.counted(3), ofMina.completed()],
      ofMina.claimed(20, ELIXIR, claim),
      { ...ofMina.claimRefused(), traceparent: `00-${TRACE}-${'b'.repeat(16)}-01` },
      ofJun.claimed(20, ELIXIR, claim),
    );
  });

  afterAll(() => world.close());

  const find = async (q: string) => (await world.get(`/players?q=${encodeURIComponent(q)}`, operator)).data;

  it.each([
    ['email', () => ` ${email.toUpperCase()} `],
    ['accountId', () => mina.toUpperCase()],
    ['claimId', () => claimIdOf({ eventId, accountId: mina, requestId: 'shared-1' })],
    ['loginId', () => loginId],
    ['requestId', () => 'refused-1'],
    ['traceId', () => TRACE],
  ])('are found by %s', async (matchedBy, identifier) => {
    expect(await find(identifier())).toEqual([{ accountId: mina, email, matchedBy }]);
  });

  it('are all found by a requestId that several of them use, the latest first', async () => {
    expect(await find('shared-1')).toEqual([
      { accountId: jun, email: null, matchedBy: 'requestId' },
      { accountId: mina, email, matchedBy: 'requestId' },
    ]);
  });

  it('are at most 20, even if one of them has the newest hundred rows', async () => {
    const many = Array.from({ length: 25 }, () =>
      factsOfParticipation(eventId, randomUUID()).claimRefused({ requestId: 'busy' }),
    );
    const one = factsOfParticipation(eventId, mina);
    await world.record(...many, ...Array.from({ length: 150 }, () => one.claimRefused({ requestId: 'busy' })));
    const found = (await find('busy')) as readonly { readonly accountId: string }[];
    expect([found.length, found[0]?.accountId, new Set(found.map(({ accountId }) => accountId)).size]).toEqual([20, mina, 20]);
  });

  it('are an empty list if nothing matches', async () => {
    for (const q of ['nobody@example.com', randomUUID(), 'unknown-request', 'f'.repeat(32)]) expect(await find(q)).toEqual([]);
  });

  it.each(['', '?q=', '?q=a%20b', '?q=mina+1@example.com', `?q=${'x'.repeat(101)}`, '?q=a&q=b'])(
    'are not found by the impossible query %j',
    async (query) => {
      expect(await world.get(`/players${query}`, operator)).toEqual(invalidOf('q'));
    },
  );

  it('are shown with everything that support needs', async () => {
    const { data } = await world.get(`/players/${mina}`, operator);
    const { participations, claims, ...rest } = data;
    expect(rest).toEqual({
      ...{ accountId: mina, email, roles: ['AUDITOR'], registeredAt: '2026-10-01T00:00:00.000Z' },
      logins: [{ loginId, at: AT, position: expect.any(String) as string }],
      ...{ deliveries: [], corrections: [] },
    });
    const explained = {
      completion: { allowed: true, code: null, message: 'The player has already completed the event.' },
      claims: [
        { rewardName: ELIXIR.name, allowed: true, code: null, remaining: 80 },
        { rewardName: SAUNA.name, allowed: true, code: null, remaining: 5 },
      ],
    };
    expect(participations).toEqual([
      {
        ...{ eventId, accountId: mina, cycle: null, status: 'COMPLETED', progress: 3, required: 3 },
        rewards: [
          { ...ELIXIR, itemCode: null, claimed: 20, remaining: 80 },
          { ...SAUNA, itemCode: null, claimed: 0, remaining: 5 },
        ],
        ...{ completedAt: '2026-11-05T00:00:00.000Z', claimsUntil: '2026-12-15T00:00:00.000Z' },
        milestones: [{ count: 3, status: 'COMPLETED', completedAt: '2026-11-05T00:00:00.000Z' }],
        explain: { ...explained, milestones: [{ count: 3, ...explained }] },
      },
    ]);
    expect(claims).toEqual((await world.get(`/claims?accountId=${mina}&limit=20`, operator)).data);
    expect(claims).toHaveLength(20);
  });

  it('are shown without e-mail and roles once they are erased, and are 404 if the log has no such account', async () => {
    expect((await world.get(`/players/${gone}`, operator)).data).toEqual({
      ...{ accountId: gone, email: null, roles: [], registeredAt: '2026-10-01T00:00:00.000Z' },
      ...{ participations: [], claims: [], logins: [], deliveries: [], corrections: [] },
    });
    for (const id of [randomUUID(), 'x']) expect((await world.get(`/players/${id}`, operator)).status).toBe(404);
  });

  it('are hidden from players', async () => {
    for (const path of ['/players?q=x', `/players/${mina}`])
      expect((await world.get(path, world.person('USER'))).status).toBe(403);
  });
});
