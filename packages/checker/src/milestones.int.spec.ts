import { streams, upcast, type Reward, type RewardEventDetails } from '@rewards/contracts';
import { factsOfEvent, type Fact } from '@rewards/contracts/testing/sample-events';
import { appendFacts } from '@rewards/event-store/testing/append-facts';
import { openEventStore } from '@rewards/service-kit/engines';
import { removeData, testSettings } from '@rewards/testing/settings';
import fc from 'fast-check';
import { checkLog } from './check-log';
import { Findings, type Rule } from './findings';
import { altered, isFact, replaced, World } from './testing/world';

const reward = (name: string, amount: number): Reward => ({ name, type: 'ITEM', amount });
const GEM = reward('코어 잼스톤', 10);
const ORB = reward('에픽 오브', 20);
const CROWN = reward('왕관', 30);

const findingsIn = async (facts: readonly Fact[]) => {
  const settings = testSettings();
  const store = openEventStore(settings, 'write');
  try {
    await appendFacts(store, facts);
    const findings = new Findings();
    await checkLog(store, findings, { upcast, signal: new AbortController().signal, patienceMs: 0 });
    return findings.first;
  } finally {
    await store.close();
    removeData(settings);
  }
};
const rulesIn = async (facts: readonly Fact[]): Promise<readonly Rule[]> => [
  ...new Set((await findingsIn(facts)).map(({ rule }) => rule)),
];

/** 05:30 in Seoul on a day of November 2026: half an hour after the beginning of a day of the event. */
const morning = (day: number): string => new Date(Date.UTC(2026, 10, day, 20, 30) - 86_400_000).toISOString();

type Details = Partial<RewardEventDetails>;

/** An attendance calendar with milestones at 1, 2 and 3 days. */
const calendar = (details: Details = {}): World => draft(details).operator(({ published }) => published());
const draft = (details: Details): World =>
  new World({
    dayStartsAt: '05:00',
    condition: { type: 'LOGIN_DAYS', count: 3 },
    milestones: [
      { count: 1, rewards: [GEM] },
      { count: 2, rewards: [ORB, GEM] },
    ],
    ...details,
  }).operator(({ added }) => added(CROWN));

const backfilled = (world: World): World => world.publish(morning(4)).login(morning(5));

const AUTOMATIC: Details = { autoComplete: true, autoClaim: true };
const WEEKLY: Details = { cycle: 'WEEK' };

describe('the check of a log', () => {
  describe.each<[string, () => World]>([
    ['with milestones that the player completes', () => calendar().login(morning(2)).login(morning(3)).complete(morning(3), 1)],
    [
      'with claims of several milestones',
      () =>
        calendar()
          .login(morning(2))
          .login(morning(3))
          .login(morning(4))
          .complete(morning(4), 1)
          .complete(morning(4), 2)
          .complete(morning(4))
          .claim(morning(5), GEM.name, 'all', 1)
          .claim(morning(5), GEM.name, 4, 2)
          .claim(morning(5), CROWN.name, 'all'),
    ],
    ['with automatic completions', () => calendar({ autoComplete: true }).login(morning(2)).login(morning(3)).login(morning(4))],
    ['with automatic claims', () => calendar(AUTOMATIC).login(morning(2)).login(morning(3)).login(morning(4))],
    [
      'with a streak whose gap is filled late, so that one login reaches two milestones',
      () =>
        calendar({ ...AUTOMATIC, condition: { type: 'LOGIN_STREAK', count: 3 } })
          .login(morning(2))
          .login(morning(4))
          .login(morning(3)),
    ],
    [
      'with a pause in which nothing is automatic, and the next login or the player catches up',
      () =>
        calendar(AUTOMATIC)
          .operator(({ paused }) => paused(morning(1), 'CONTINUE'))
          .login(morning(2))
          .operator(({ resumed }) => resumed())
          .login(morning(3))
          .operator(({ paused }) => paused(morning(4), 'CONTINUE'))
          .login(morning(4))
          .operator(({ resumed }) => resumed(), morning(5))
          .complete(morning(6)),
    ],
    [
      'with logins for a deleted event, and of an erased account',
      () =>
        calendar(AUTOMATIC)
          .operator(({ deleted }) => deleted(), morning(2))
          .login(morning(2))
          .operator(({ restored }) => restored(), morning(2))
          .erase(morning(3))
          .login(morning(3)),
    ],
    [
      'with rewards on hold, which the player claims later',
      () =>
        calendar(AUTOMATIC)
          .operator(({ held }) => held(GEM.name, 2), morning(2))
          .operator(({ held }) => held(CROWN.name), morning(2))
          .login(morning(2))
          .login(morning(3))
          .login(morning(4))
          .operator(({ released }) => released(GEM.name, 2), morning(4))
          .claim(morning(5), GEM.name, 'all', 2),
    ],
    [
      'with later terms',
      () =>
        calendar(AUTOMATIC)
          .login(morning(2))
          .operator(({ rewardChanged }) => rewardChanged(ORB.name, 99, 2), morning(2))
          .operator(({ withdrawn }) => withdrawn(GEM.name, 2), morning(2))
          .login(morning(3))
          .operator(({ rewardChanged }) => rewardChanged(ORB.name, 100, 2), morning(3)),
    ],
    ['with a backfill', () => backfilled(draft(AUTOMATIC).login(morning(2)).login(morning(3)))],
    ['with a backfill after the erasure of the account', () => backfilled(draft(AUTOMATIC).login(morning(2)).erase(morning(3)))],
    [
      'with weekly cycles over the end of a year',
      () => {
        const world = calendar({
          ...WEEKLY,
          ...AUTOMATIC,
          endsAt: '2027-02-01T00:00:00.000Z',
          claimsUntil: '2027-02-10T00:00:00.000Z',
        });
        // 31 December 2026 is a Thursday; 28 December is a Monday.
        for (const day of [57, 58, 61, 64, 65, 66]) world.login(morning(day));
        return world.login(morning(60)).claim(morning(67), GEM.name, 'all', 1, '2026-12-28');
      },
    ],
    [
      'with daily cycles',
      () =>
        calendar({ ...AUTOMATIC, cycle: 'DAY' })
          .login(morning(2))
          .login(morning(3))
          .login(morning(3)),
    ],
    ['with monthly cycles', () => calendar({ cycle: 'MONTH' }).login('2026-11-01T19:59:59.999Z').login(morning(30))],
  ])('%s', (_name, world) => {
    it('finds nothing wrong', async () => expect(await findingsIn(world().facts)).toEqual([]));
  });

  it('finds nothing wrong in logs of the deciders', async () => {
    const DAY = 86_400_000;
    const names = [GEM, ORB, CROWN].map(({ name }) => name);
    const details = fc.record({
      timeZone: fc.constantFrom('Asia/Seoul', 'America/New_York', 'Europe/Berlin', 'Pacific/Apia', 'UTC'),
      dayStartsAt: fc.constantFrom('00:00', '05:00', '23:30'),
      condition: fc.constantFrom(
        { type: 'LOGIN_COUNT', count: 4 } as const,
        { type: 'LOGIN_DAYS', count: 3 } as const,
        { type: 'LOGIN_STREAK', count: 4, graceDays: 1 } as const,
      ),
      cycle: fc.constantFrom(undefined, 'DAY', 'WEEK', 'MONTH'),
      automatic: fc.constantFrom({}, { autoComplete: true }, AUTOMATIC),
    });
    const step = fc.record({
      action: fc.constantFrom(
        'login',
        'login',
        'login',
        'late',
        'hold',
        'release',
        'raise',
        'cut',
        'withdraw',
        'pause',
        'resume',
        'delete',
        'restore',
        'erase',
        'complete',
        'claim',
      ),
      minutes: fc.nat(1_500),
      milestone: fc.constantFrom(1, 2, undefined),
      name: fc.constantFrom(...names),
      counting: fc.constantFrom('CONTINUE', undefined),
    });
    await fc.assert(
      fc.asyncProperty(
        details,
        fc.array(step, { maxLength: 40, size: 'max' }),
        async ({ cycle, automatic, ...others }, steps) => {
          const world = calendar({ ...others, ...automatic, ...(cycle && { cycle }) } as Details);
          let now = Date.parse('2026-10-31T22:00:00.000Z');
          let [isPaused, isDeleted] = [false, false];
          for (const { action, minutes, milestone, name, counting } of steps) {
            now += minutes * 60_000;
            const at = new Date(now).toISOString();
            const isRewarded =
              world.existing.milestones?.find(({ count }) => count === milestone)?.rewards ?? world.existing.rewards;
            const hasName = isRewarded.some((reward) => reward.name === name);
            if (action === 'login') world.login(at);
            if (action === 'late') world.login(new Date(now - 2 * DAY).toISOString());
            if (action === 'hold') world.operator(({ held }) => held(name, milestone), at);
            if (action === 'release') world.operator(({ released }) => released(name, milestone), at);
            if (action === 'raise' && hasName) world.operator(({ rewardChanged }) => rewardChanged(name, 500, milestone), at);
            if (action === 'cut' && hasName) world.operator(({ rewardChanged }) => rewardChanged(name, 5, milestone), at);
            if (action === 'withdraw' && hasName) world.operator(({ withdrawn }) => withdrawn(name, milestone), at);
            if (action === 'pause' && !isPaused) world.operator(({ paused }) => paused(at, counting));
            if (action === 'resume' && isPaused) world.operator(({ resumed }) => resumed(), at);
            if (action === 'delete' && !isDeleted) world.operator(({ deleted }) => deleted(), at);
            if (action === 'restore' && isDeleted) world.operator(({ restored }) => restored(), at);
            if (action === 'pause' || action === 'resume') isPaused = action === 'pause';
            if (action === 'delete' || action === 'restore') isDeleted = action === 'delete';
            if (action === 'erase' && minutes < 100) world.erase(at);
            if (action === 'complete') world.complete(at, milestone);
            if (action === 'claim') world.claim(at, name, minutes % 2 === 0 ? 'all' : 3, milestone);
          }
          expect(await findingsIn(world.facts)).toEqual([]);
        },
      ),
      { numRuns: 100 },
    );
  }, 60_000);

  /** An event with weekly cycles and automatic claims, of which one is on hold, and a second week that has only begun. */
  const planted = (details: Details = { ...WEEKLY, ...AUTOMATIC }) =>
    calendar(details)
      .operator(({ held }) => held(GEM.name, 2), morning(2))
      .login(morning(2))
      .login(morning(3))
      .login(morning(4))
      .login(morning(10));
  const manual = () =>
    calendar().login(morning(2)).login(morning(3)).complete(morning(3), 1).claim(morning(4), GEM.name, 'all', 1);
  const first = isFact('LoginCounted', { loginId: 'login-1' });
  const firstCompletion = isFact('EventCompleted', { milestone: 1, cycle: '2026-11-02' });
  const firstClaim = isFact('RewardClaimed', { milestone: 1, cycle: '2026-11-02' });
  const firstClaimOf = (milestone: number) => isFact('RewardClaimed', { milestone });
  const service = ({ actor: _actor, ...fact }: Fact): Fact => fact;
  /** Inserts what an operator did before the first login, without its consequences. */
  const insert = (world: World, choose: (event: ReturnType<typeof factsOfEvent>) => Fact): readonly Fact[] =>
    replaced(world.facts, isFact('LoggedIn', { loginId: 'login-1' }), (fact) => [choose(factsOfEvent(world.eventId)), fact]);
  const automatic = () => calendar({ autoComplete: true }).login(morning(2));
  /** A milestone that a pause kept from being automatic, and that the player completed. */
  const requested = () =>
    calendar(AUTOMATIC)
      .operator(({ paused }) => paused(morning(1), 'CONTINUE'))
      .login(morning(2))
      .operator(({ resumed }) => resumed())
      .complete(morning(4), 1);

  it.each<[string, readonly Rule[], () => readonly Fact[]]>([
    ['a recorded milestone that was not reached', ['WRONG_PROGRESS'], () => altered(manual().facts, first, { reached: [1, 2] })],
    [
      'a reached milestone that is not recorded',
      ['WRONG_PROGRESS'],
      () => altered(manual().facts, first, { reached: undefined }),
    ],
    [
      'a milestone that is reached twice',
      ['WRONG_PROGRESS'],
      () => altered(manual().facts, isFact('LoginCounted', { loginId: 'login-2' }), { reached: [1, 2] }),
    ],
    [
      'a met condition before the last milestone',
      ['WRONG_PROGRESS'],
      () => altered(manual().facts, first, { conditionMet: true }),
    ],
    [
      'a completion of a milestone whose count was not reached',
      ['COMPLETED_WITHOUT_CONDITION'],
      () =>
        altered(calendar().login(morning(2)).complete(morning(3), 1).facts, isFact('EventCompleted'), {
          milestone: 2,
          rewards: [ORB, GEM],
        }),
    ],
    [
      'a completion of the last milestone that only reached an earlier one',
      ['COMPLETED_WITHOUT_CONDITION'],
      () =>
        altered(calendar().login(morning(2)).complete(morning(3), 1).facts, isFact('EventCompleted'), {
          milestone: undefined,
          rewards: [CROWN],
        }),
    ],
    [
      'a second completion of a milestone',
      ['COMPLETED_TWICE'],
      () =>
        replaced(calendar().login(morning(2)).complete(morning(3), 1).facts, isFact('EventCompleted'), (fact) => [fact, fact]),
    ],
    [
      'a completion of a milestone that the terms do not have',
      ['NO_SUCH_MILESTONE'],
      () => altered(calendar().login(morning(2)).complete(morning(3), 1).facts, isFact('EventCompleted'), { milestone: 7 }),
    ],
    [
      'a completion that names the last milestone by its count',
      ['NO_SUCH_MILESTONE'],
      () =>
        altered(
          calendar().login(morning(2)).login(morning(3)).login(morning(4)).complete(morning(5)).facts,
          isFact('EventCompleted'),
          { milestone: 3 },
        ),
    ],
    [
      'a claim of a milestone that the terms do not have',
      ['NO_SUCH_MILESTONE', 'CLAIMED_WITHOUT_COMPLETION'],
      () => altered(manual().facts, isFact('RewardClaimed'), { milestone: 7 }),
    ],
    [
      'a claim of a milestone that is not completed, although another one is',
      ['CLAIMED_WITHOUT_COMPLETION'],
      () => altered(manual().facts, isFact('RewardClaimed'), { milestone: 2 }),
    ],
    [
      'units over the promise of an earlier milestone',
      ['CLAIMED_MORE_THAN_PROMISED', 'WRONG_CLAIM'],
      () => altered(manual().facts, isFact('RewardClaimed'), { amount: GEM.amount + 1, claimed: GEM.amount + 1, remaining: -1 }),
    ],
    [
      'a claim that takes the units of a milestone again',
      ['CLAIMED_MORE_THAN_PROMISED', 'WRONG_CLAIM'],
      () =>
        replaced(manual().facts, isFact('RewardClaimed'), (fact) => [
          fact,
          ...altered([fact], () => true, { requestId: 'again' }),
        ]),
    ],
    [
      'a promise of the rewards of another milestone',
      ['WRONG_PROMISE'],
      () => altered(calendar().login(morning(2)).complete(morning(3), 1).facts, isFact('EventCompleted'), { rewards: [CROWN] }),
    ],
    [
      'an automatic promise of a later increase',
      ['WRONG_PROMISE'],
      () =>
        altered(
          calendar({ autoComplete: true })
            .login(morning(2))
            .operator(({ rewardChanged }) => rewardChanged(GEM.name, 11, 1), morning(2)).facts,
          isFact('EventCompleted'),
          { rewards: [{ ...GEM, amount: 11 }] },
        ),
    ],
    [
      'an automatic promise without an increase before the login',
      ['WRONG_PROMISE'],
      () =>
        altered(
          calendar({ autoComplete: true })
            .login(morning(2))
            .operator(({ rewardChanged }) => rewardChanged(ORB.name, 99, 2), morning(2))
            .login(morning(3)).facts,
          isFact('EventCompleted', { milestone: 2 }),
          { rewards: [ORB, GEM] },
        ),
    ],
    [
      'a start with a version of the terms that was never in force',
      ['TERMS_DIFFER'],
      () => altered(manual().facts, isFact('ParticipationStarted'), { termsVersion: 2 }),
    ],
    [
      'a start with a later version of the terms',
      ['TERMS_DIFFER'],
      () =>
        altered(
          manual().operator(({ rewardChanged }) => rewardChanged(CROWN.name, 31), morning(5)).facts,
          isFact('ParticipationStarted'),
          { termsVersion: 2 },
        ),
    ],
    [
      'a login in the stream of another cycle',
      ['WRONG_CYCLE'],
      () => {
        const { facts, eventId, accountId } = planted(WEEKLY);
        const isOfSecondWeek = ({ stream }: Fact) => stream.endsWith('-20261109');
        return replaced(facts, isOfSecondWeek, (fact) =>
          altered([{ ...fact, stream: streams.participation(eventId, accountId, '2026-11-16') }], () => true, {
            cycle: '2026-11-16',
          }),
        );
      },
    ],
    [
      'a stream of another cycle than its data',
      ['WRONG_CYCLE'],
      () => altered(planted(WEEKLY).facts, isFact('LoginCounted', { loginId: 'login-4' }), { cycle: '2026-11-02' }),
    ],
    [
      'a day with its cycle that the login cannot fall on',
      ['WRONG_CYCLE'],
      () => {
        const { facts, eventId, accountId } = planted(WEEKLY);
        const isOfSecondWeek = ({ stream }: Fact) => stream.endsWith('-20261109');
        const day = (fact: Fact) => ({ cycle: '2026-11-02', ...(fact.event.type === 'LoginCounted' && { day: '2026-11-08' }) });
        return replaced(facts, isOfSecondWeek, (fact) =>
          altered([{ ...fact, stream: streams.participation(eventId, accountId, '2026-11-02') }], () => true, day(fact)),
        );
      },
    ],
    [
      'a login that counts in two cycles',
      ['COUNTED_TWICE'],
      () => {
        const { facts, eventId, accountId } = planted(WEEKLY);
        const stream = streams.participation(eventId, accountId, '2026-11-16');
        const isOfSecondWeek = (fact: Fact) => fact.stream.endsWith('-20261109');
        return [
          ...facts,
          ...altered(
            facts.filter(isOfSecondWeek).map((fact) => ({ ...fact, stream })),
            () => true,
            { cycle: '2026-11-16' },
          ),
        ];
      },
    ],
    [
      'a cycle in an event without cycles',
      ['WRONG_CYCLE'],
      () => {
        const { facts, eventId, accountId } = manual();
        const stream = streams.participation(eventId, accountId, '2026-11-02');
        return replaced(
          facts,
          (fact) => fact.stream.startsWith('participation-'),
          (fact) => altered([{ ...fact, stream }], () => true, { cycle: '2026-11-02' }),
        );
      },
    ],
    [
      'a participation without a cycle in an event with cycles',
      ['WRONG_CYCLE'],
      () => {
        const { facts, eventId, accountId } = planted(WEEKLY);
        const stream = streams.participation(eventId, accountId);
        return replaced(
          facts,
          (fact) => fact.stream.endsWith('-20261109'),
          (fact) => altered([{ ...fact, stream }], () => true, { cycle: undefined }),
        );
      },
    ],
    [
      'a login that is not counted in its cycle',
      ['LOGIN_MISSING'],
      () =>
        replaced(
          planted(WEEKLY).facts,
          ({ stream }) => stream.endsWith('-20261109'),
          () => [],
        ),
    ],
    [
      'a missing automatic completion',
      ['AUTOMATIC_MISSING'],
      () => replaced(calendar({ autoComplete: true }).login(morning(2)).facts, isFact('EventCompleted'), () => []),
    ],
    [
      'a missing automatic completion at the end of the log of a cycle',
      ['AUTOMATIC_MISSING'],
      () =>
        replaced(
          planted().facts,
          ({ stream, event: { type } }) =>
            stream.endsWith('-20261109') && !['ParticipationStarted', 'LoginCounted'].includes(type),
          () => [],
        ),
    ],
    [
      'an automatic completion that the player had to request',
      ['AUTOMATIC_MISSING'],
      () =>
        replaced(calendar({ autoComplete: true }).login(morning(2)).facts, isFact('EventCompleted'), (fact) => [
          { ...fact, actor: { accountId: 'player', roles: ['USER'] } },
        ]),
    ],
    ['a missing automatic claim', ['AUTOMATIC_MISSING'], () => replaced(planted().facts, firstClaim, () => [])],
    [
      'an automatic completion in an event without them',
      ['AUTOMATIC_SURPLUS'],
      () => replaced(manual().facts, isFact('EventCompleted'), (fact) => [service(fact)]),
    ],
    [
      'an automatic completion in a pause',
      ['AUTOMATIC_SURPLUS'],
      () => insert(automatic(), ({ paused }) => paused(morning(1), 'CONTINUE')),
    ],
    ['an automatic completion for a deleted event', ['AUTOMATIC_SURPLUS'], () => insert(automatic(), ({ deleted }) => deleted())],
    [
      'an automatic completion of an erased account',
      ['AUTOMATIC_SURPLUS'],
      () => {
        const { facts, accountId } = automatic();
        const erased = {
          stream: streams.account(accountId),
          event: { type: 'AccountErased', data: { messageId: 'erasure', accountId, at: morning(1) } },
        };
        return replaced(facts, isFact('LoggedIn'), (fact) => [erased, fact]);
      },
    ],
    [
      'an automatic claim of a reward on hold',
      ['AUTOMATIC_SURPLUS'],
      () => insert(calendar(AUTOMATIC).login(morning(2)), ({ held }) => held(GEM.name, 1)),
    ],
    [
      'no automatic claim of a reward whose namesake of another milestone is on hold',
      ['AUTOMATIC_MISSING'],
      () =>
        replaced(
          insert(calendar(AUTOMATIC).login(morning(2)), ({ held }) => held(GEM.name, 2)),
          firstClaimOf(1),
          () => [],
        ),
    ],
    [
      'an automatic claim in an event that only completes automatically',
      ['AUTOMATIC_SURPLUS'],
      () => altered(calendar(AUTOMATIC).login(morning(2)).facts, isFact('RewardEventCreated'), { autoClaim: undefined }),
    ],
    [
      'an automatic requestId of a player',
      ['AUTOMATIC_SURPLUS'],
      () => altered(manual().facts, isFact('RewardClaimed'), { requestId: `auto:1:${GEM.name}` }),
    ],
    [
      'an automatic claim with another requestId',
      ['AUTOMATIC_MISSING', 'AUTOMATIC_SURPLUS'],
      () => altered(planted().facts, firstClaim, { requestId: 'auto:2:elsewhere' }),
    ],
    [
      'an automatic claim of some units',
      ['WRONG_CLAIM', 'AUTOMATIC_DIFFERS'],
      () => altered(planted().facts, firstClaim, { requested: 3, amount: 3, claimed: 3, remaining: 6 }),
    ],
    [
      'an automatic claim with a target',
      ['AUTOMATIC_DIFFERS'],
      () => altered(planted().facts, firstClaim, { target: 'character-1' }),
    ],
    [
      'an automatic completion at another time',
      ['AUTOMATIC_DIFFERS'],
      () => altered(planted().facts, firstCompletion, { at: morning(5) }),
    ],
    ['an automatic claim at another time', ['AUTOMATIC_DIFFERS'], () => altered(planted().facts, firstClaim, { at: morning(5) })],
    [
      'a backfilled completion at the time of the login',
      ['AUTOMATIC_DIFFERS'],
      () =>
        altered(backfilled(draft({ autoComplete: true }).login(morning(2))).facts, isFact('EventCompleted', { milestone: 1 }), {
          at: morning(2),
        }),
    ],
    [
      'a backfilled completion of an account that was erased before the publication',
      ['AUTOMATIC_SURPLUS'],
      () => {
        const { facts, accountId } = backfilled(draft({ autoComplete: true }).login(morning(2)));
        const data = { messageId: 'erasure', accountId, at: morning(3) };
        const erased = { stream: streams.account(accountId), event: { type: 'AccountErased', data } };
        return replaced(facts, isFact('RewardEventPublished'), (fact) => [erased, fact]);
      },
    ],
    [
      'a requested completion in an event with automatic claims that grants nothing',
      ['AUTOMATIC_MISSING'],
      () => replaced(requested().facts, isFact('RewardClaimed'), () => []),
    ],
    [
      'a requested completion in an event with automatic claims that grants a reward on hold',
      ['AUTOMATIC_SURPLUS'],
      () => insert(requested(), ({ held }) => held(GEM.name, 1)),
    ],
  ])('finds %s', async (_what, rules, facts) => expect(await rulesIn(facts())).toEqual(expect.arrayContaining([...rules])));
});
