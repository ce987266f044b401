import { Rejected, type ParticipationEvent, type RequestedAmount, type Reward } from '@rewards/contracts';
import fc from 'fast-check';
import { fold } from './aggregate';
import {
  claimReward,
  completeEvent,
  countLogin,
  grantedClaim,
  participation,
  type ParticipationState,
  type Terms,
} from './participation.decider';
import { specificationOf } from '@rewards/testing/decisions';

const given = specificationOf(participation);

const potion: Reward = { name: '극한성장의 비약', type: 'ITEM', amount: 100 };
const gem: Reward = { name: '코어 잼스톤', type: 'ITEM', amount: 100 };
const sauna: Reward = { name: '사우나 이용권', type: 'COUPON', amount: 5 };
const ids = { eventId: 'e', accountId: 'a' };
const terms: Terms = { ...ids, termsVersion: 1, condition: { type: 'LOGIN_COUNT', count: 3 }, rewards: [potion, gem, sauna] };
const at = '2026-03-01T10:00:00.000Z';
const active = { status: 'ACTIVE', claimsUntil: '2026-04-01T00:00:00.000Z', condition: terms.condition } as const;
const event = { ...active, rewards: terms.rewards };

const login = (loginId: string, loginAt = at) => countLogin({ loginId, at: loginAt, terms, timeZone: 'Asia/Seoul' });
const started: ParticipationEvent = { type: 'ParticipationStarted', data: { ...terms, at } };
const counted = (progress: number, loginId = `l${progress}`): ParticipationEvent => ({
  type: 'LoginCounted',
  data: { ...ids, loginId, at, day: '2026-03-01', progress, conditionMet: progress >= 3 },
});
const completed: ParticipationEvent = { type: 'EventCompleted', data: { ...ids, at, rewards: [potion, gem, sauna] } };
const eligible = [started, counted(1), counted(2), counted(3)];
const history = [...eligible, completed];
const claim = (requestId: string, rewardName: string, requested: RequestedAmount, status: 'ACTIVE' | 'ENDED' = 'ACTIVE') =>
  claimReward({ requestId, rewardName, requested, at, event: { ...active, status } });
const claimed = (
  requestId: string,
  requested: RequestedAmount,
  amount: number,
  total: number,
  remaining: number,
): ParticipationEvent => ({
  type: 'RewardClaimed',
  data: { ...ids, requestId, requested, rewardName: potion.name, type: 'ITEM', amount, claimed: total, remaining, at },
});

describe('counting logins', () => {
  it('starts the participation with the terms of the first login', () => {
    given().when(login('l1')).thenRecorded(started, counted(1));
  });
  it('counts logins until the condition is met', () => {
    given(started, counted(1), counted(2)).when(login('l3')).thenRecorded(counted(3));
  });
  it('counts a login once', () => given(started, counted(1)).when(login('l1')).thenNothing());
  it('counts no login after the condition is met', () => {
    given(...eligible)
      .when(login('l4'))
      .thenNothing();
    given(...history)
      .when(login('l4'))
      .thenNothing();
  });
  it('counts a login before `dayStartsAt` for the previous day', () => {
    const night = '2026-03-01T19:59:59.999Z';
    given(started)
      .when(countLogin({ loginId: 'l1', at: night, terms, timeZone: 'Asia/Seoul', dayStartsAt: '05:00' }))
      .thenRecorded({
        type: 'LoginCounted',
        data: { ...ids, loginId: 'l1', at: night, day: '2026-03-01', progress: 1, conditionMet: false },
      });
  });
  it('computes the day in the time zone of the event', () => {
    given()
      .when(login('l1', '2026-03-01T15:00:00.000Z'))
      .thenRecorded(
        { type: 'ParticipationStarted', data: { ...terms, at: '2026-03-01T15:00:00.000Z' } },
        {
          type: 'LoginCounted',
          data: { ...ids, loginId: 'l1', at: '2026-03-01T15:00:00.000Z', day: '2026-03-02', progress: 1, conditionMet: false },
        },
      );
  });
});

describe('completing', () => {
  it('promises the rewards at the start', () =>
    given(...eligible)
      .when(completeEvent({ at, event }))
      .thenRecorded(completed));
  it('promises later increases and keeps rewards that were reduced or withdrawn', () => {
    const rewards = [
      { ...potion, amount: 150 },
      { ...gem, amount: 10 },
    ];
    given(...eligible)
      .when(completeEvent({ at, event: { ...event, rewards } }))
      .thenRecorded({ type: 'EventCompleted', data: { ...ids, at, rewards: [{ ...potion, amount: 150 }, gem, sauna] } });
  });
  it('decides nothing the second time, even after the event has closed', () => {
    given(...history)
      .when(completeEvent({ at, event }))
      .thenNothing();
    given(...history)
      .when(completeEvent({ at, event: { ...event, status: 'CLOSED' } }))
      .thenNothing();
  });
  it('is rejected with the progress if the condition is not met', () => {
    given(started, counted(1)).when(completeEvent({ at, event })).thenRejected('CONDITION_NOT_MET', { progress: 1, required: 3 });
    given().when(completeEvent({ at, event })).thenRejected('CONDITION_NOT_MET', { progress: 0, required: 3 });
  });
  it.each([
    ['SCHEDULED', 'EVENT_NOT_OPEN', { state: 'SCHEDULED' }],
    ['PAUSED', 'EVENT_NOT_OPEN', { state: 'PAUSED' }],
    ['DRAFT', 'EVENT_NOT_OPEN', { state: 'DRAFT' }],
    ['DELETED', 'EVENT_NOT_OPEN', { state: 'DELETED' }],
    ['CLOSED', 'CLAIMS_CLOSED', { claimsUntil: active.claimsUntil }],
  ] as const)('is rejected while the event is %s', (status, reason, details) => {
    given(...eligible)
      .when(completeEvent({ at, event: { ...event, status } }))
      .thenRejected(reason, details);
  });
  it('is possible after the end of the event', () => {
    given(...eligible)
      .when(completeEvent({ at, event: { ...event, status: 'ENDED' } }))
      .thenRecorded(completed);
  });
});

describe('claiming', () => {
  it('grants a part of a reward', () =>
    given(...history)
      .when(claim('r1', potion.name, 20))
      .thenRecorded(claimed('r1', 20, 20, 20, 80)));
  it('grants all remaining units', () => {
    given(...history, claimed('r1', 20, 20, 20, 80))
      .when(claim('r2', potion.name, 'all'))
      .thenRecorded(claimed('r2', 'all', 80, 100, 0));
  });
  it('rejects more than the remaining units, and all units if none remain', () => {
    given(...history, claimed('r1', 20, 20, 20, 80))
      .when(claim('r2', potion.name, 81))
      .thenRejected('INSUFFICIENT_REMAINING', { remaining: 80 });
    given(...history, claimed('r1', 'all', 100, 100, 0))
      .when(claim('r2', potion.name, 'all'))
      .thenRejected('INSUFFICIENT_REMAINING', { remaining: 0 });
  });
  it('decides nothing for a repeated request, even after the event has closed', () => {
    const facts = [...history, claimed('r1', 20, 20, 20, 80)];
    given(...facts)
      .when(claim('r1', potion.name, 20))
      .thenNothing();
    given(...facts)
      .when(claimReward({ requestId: 'r1', rewardName: potion.name, requested: 20, at, event: { ...active, status: 'CLOSED' } }))
      .thenNothing();
  });
  it('rejects the requestId of another request before it checks any other rule', () => {
    const facts = [...history, claimed('r1', 20, 20, 20, 80)];
    given(...facts)
      .when(claim('r1', potion.name, 21))
      .thenRejected('REQUEST_ID_REUSED');
    given(...facts)
      .when(claim('r1', gem.name, 20))
      .thenRejected('REQUEST_ID_REUSED');
    given(...facts)
      .when(claim('r1', potion.name, 'all'))
      .thenRejected('REQUEST_ID_REUSED');
    given(...facts)
      .when(claimReward({ requestId: 'r1', rewardName: 'x', requested: 1, at, event: { ...active, status: 'PAUSED' } }))
      .thenRejected('REQUEST_ID_REUSED');
  });
  it('does not treat a prototype key as an earlier request', () => {
    given(...history)
      .when(claim('__proto__', potion.name, 20))
      .thenRecorded(claimed('__proto__', 20, 20, 20, 80));
  });
  it('rejects less than a thousandth of the promise, unless that is all that remains', () => {
    const pile = { ...potion, amount: 2_500 };
    const completedPile: ParticipationEvent = { type: 'EventCompleted', data: { ...ids, at, rewards: [pile] } };
    const granted = (requestId: string, amount: number, total: number) =>
      claimed(requestId, amount, amount, total, 2_500 - total);
    const all = [...eligible, completedPile];
    given(...all)
      .when(claim('r1', potion.name, 2))
      .thenRejected('AMOUNT_TOO_SMALL', { minimum: 3 });
    given(...all)
      .when(claim('r1', potion.name, 3))
      .thenRecorded(granted('r1', 3, 3));
    const almost = granted('r1', 2_498, 2_498);
    given(...all, almost)
      .when(claim('r2', potion.name, 2))
      .thenRecorded(granted('r2', 2, 2_500));
    given(...all, almost)
      .when(claim('r2', potion.name, 1))
      .thenRejected('AMOUNT_TOO_SMALL', { minimum: 2 });
    // A smaller claim from before the rule.
    given(...all, granted('r1', 1, 1))
      .when(claim('r1', potion.name, 1))
      .thenNothing();
  });
  it('rejects a reward on hold after every other rule, and grants it once it is released', () => {
    const request = (amount: number, held?: readonly string[]) =>
      claimReward({ requestId: 'r1', rewardName: potion.name, requested: amount, at, event: { ...active, held } });
    given(...history)
      .when(request(20, [gem.name, potion.name]))
      .thenRejected('REWARD_ON_HOLD');
    given(...history)
      .when(request(101, [potion.name]))
      .thenRejected('INSUFFICIENT_REMAINING', { remaining: 100 });
    given(...history, claimed('r1', 20, 20, 20, 80))
      .when(request(20, [potion.name]))
      .thenNothing();
    given(...history)
      .when(request(20, [gem.name]))
      .thenRecorded(claimed('r1', 20, 20, 20, 80));
  });
  it('records the item code of the promise and the target, which is part of the request', () => {
    const coded = { ...potion, itemCode: 'ITEM_2041' };
    const promised: ParticipationEvent = { type: 'EventCompleted', data: { ...ids, at, rewards: [coded] } };
    const request = (target?: string) =>
      claimReward({ requestId: 'r1', rewardName: potion.name, requested: 20, target, at, event: active });
    const plain = claimed('r1', 20, 20, 20, 80);
    const granted = { ...plain, data: { ...plain.data, itemCode: 'ITEM_2041', target: '루나/아델' } } as ParticipationEvent;
    given(...eligible, promised)
      .when(request('루나/아델'))
      .thenRecorded(granted);
    given(...eligible, promised, granted)
      .when(request('루나/아델'))
      .thenNothing();
    for (const target of ['루나/보라', undefined]) {
      given(...eligible, promised, granted)
        .when(request(target))
        .thenRejected('REQUEST_ID_REUSED');
    }
    given(...history, plain)
      .when(request('루나/아델'))
      .thenRejected('REQUEST_ID_REUSED');
  });
  it('checks the rules in order', () => {
    const claimWhile = (status: 'PAUSED' | 'SCHEDULED' | 'CLOSED') =>
      claimReward({ requestId: 'r', rewardName: 'x', requested: 1, at, event: { ...active, status } });
    given().when(claimWhile('PAUSED')).thenRejected('EVENT_NOT_OPEN', { state: 'PAUSED' });
    given().when(claimWhile('SCHEDULED')).thenRejected('EVENT_NOT_OPEN', { state: 'SCHEDULED' });
    given().when(claimWhile('CLOSED')).thenRejected('CLAIMS_CLOSED', { claimsUntil: active.claimsUntil });
    given()
      .when(claim('r', 'x', 1))
      .thenRejected('NOT_COMPLETED', { progress: 0, required: 3 });
    given(...eligible)
      .when(claim('r', 'x', 1))
      .thenRejected('NOT_COMPLETED', { progress: 3, required: 3 });
    given(...history)
      .when(claim('r', 'x', 1))
      .thenRejected('NO_SUCH_REWARD');
  });
  it('is possible after the end of the event', () => {
    given(...history)
      .when(claim('r1', potion.name, 20, 'ENDED'))
      .thenRecorded(claimed('r1', 20, 20, 20, 80));
  });
});

describe('laws', () => {
  type Command = (state: ParticipationState) => readonly ParticipationEvent[];
  const command: fc.Arbitrary<Command> = fc.oneof(
    fc.nat(5).map((id) => login(`l${id}`)),
    fc.constant(completeEvent({ at, event })),
    fc
      .tuple(
        fc.nat(30),
        fc.constantFrom(potion.name, gem.name, sauna.name, 'none'),
        fc.oneof(fc.integer({ min: 1, max: 60 }), fc.constant('all' as const)),
      )
      .map(([id, name, requested]) => claim(`r${id}`, name, requested)),
  );
  const attempt = (decide: Command, state: ParticipationState): readonly ParticipationEvent[] => {
    try {
      return decide(state);
    } catch (error) {
      if (error instanceof Rejected) return [];
      throw error;
    }
  };
  const play = (commands: readonly Command[]): ParticipationEvent[] =>
    commands.reduce<ParticipationEvent[]>((facts, decide) => [...facts, ...attempt(decide, fold(participation, facts))], []);

  it('a command sent twice decides nothing the second time', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40 }), command, (before, decide) => {
        const facts = play(before);
        const first = attempt(decide, fold(participation, facts));
        expect(attempt(decide, fold(participation, [...facts, ...first]))).toEqual([]);
      }),
    );
  });

  it('no interleaving of writers grants more than was promised', () => {
    // Each writer decides on the revision that it last read. The log accepts only a decision on its current revision.
    const step = fc.record({ writer: fc.nat(3), reads: fc.boolean(), decide: command });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const log: ParticipationEvent[] = [...history];
        const readRevisions = [0, 0, 0, 0];
        for (const { writer, reads, decide } of steps) {
          if (reads) readRevisions[writer] = log.length;
          const revision = readRevisions[writer] ?? 0;
          const events = attempt(decide, fold(participation, log.slice(0, revision)));
          if (revision === log.length) log.push(...events);
        }
        for (const { name, amount } of terms.rewards) {
          const granted = log.reduce(
            (sum, { type, data }) => (type === 'RewardClaimed' && data.rewardName === name ? sum + data.amount : sum),
            0,
          );
          expect(granted).toBeLessThanOrEqual(amount);
        }
      }),
    );
  });

  it('progress does not depend on the order of the logins', () => {
    const logins = fc
      .uniqueArray(fc.nat(20), { maxLength: 8 })
      .chain((set) => fc.tuple(fc.constant(set), fc.shuffledSubarray(set, { minLength: set.length })));
    fc.assert(
      fc.property(logins, ([some, shuffled]) => {
        const progress = (order: readonly number[]) => {
          const state = fold(participation, play(order.map((id) => login(`l${id}`))));
          return state.status === 'NOT_STARTED' ? 0 : state.progress;
        };
        expect(progress(shuffled)).toBe(progress(some));
      }),
    );
  });

  it('folding any domain events in any order never throws', () => {
    const fact = fc.constantFrom<ParticipationEvent>(started, counted(1), counted(3), completed, claimed('r1', 20, 20, 20, 80), {
      type: 'FromTheFuture',
      data: {},
    } as never);
    fc.assert(fc.property(fc.array(fact, { maxLength: 20 }), (facts) => void fold(participation, facts)));
  });

  it('folding a granted claim returns the same response', () => {
    const facts = play([login('l1'), login('l2'), login('l3'), completeEvent({ at, event }), claim('r1', potion.name, 20)]);
    expect(grantedClaim(fold(participation, facts), 'r1')).toEqual({
      requestId: 'r1',
      requested: 20,
      name: potion.name,
      type: 'ITEM',
      amount: 20,
      claimed: 20,
      remaining: 80,
      at,
    });
  });
});
