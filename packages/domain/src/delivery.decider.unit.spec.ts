import { START, type FailedAttempt } from '@rewards/contracts';
import { specificationOf } from '@rewards/testing/decisions';
import fc from 'fast-check';
import { fold, type Decide } from './aggregate';
import {
  abandonDelivery,
  delivery,
  nextAttemptAt,
  parkDelivery,
  recordDelivered,
  recordFailedAttempt,
  resendDelivery,
  resendParked,
  type DeliveryState,
  type SingleDeliveryEvent,
} from './delivery.decider';

const given = specificationOf(delivery);
const at = '2026-11-01T00:00:00.000Z';
const ofDelivery = { deliveryId: 'd', endpointId: 'e', accountId: 'a', at };
const attempt = (number: number): FailedAttempt => ({ attempt: number, status: 500, error: `failure ${number}`, tookMs: 4 });
const failure = (number: number) => ({ ...ofDelivery, ...attempt(number), nextAttemptAt: `after ${number}` });
const parking = (number: number) => ({ ...ofDelivery, ...attempt(number), reason: 'REJECTED' as const });

const failed = (number: number): SingleDeliveryEvent => ({ type: 'DeliveryAttemptFailed', data: failure(number) });
const parked = (number: number): SingleDeliveryEvent => ({ type: 'DeliveryParked', data: parking(number) });
const success = { ...ofDelivery, attempt: 2, tookMs: 3 };
const delivered: SingleDeliveryEvent = { type: 'RewardDelivered', data: success };
const resending = { ...ofDelivery, position: START, by: 'operator' };
const resent: SingleDeliveryEvent = { type: 'DeliveryResent', data: resending };
const giving = { ...ofDelivery, by: 'operator', reason: 'granted by hand' };
const abandoned: SingleDeliveryEvent = { type: 'DeliveryAbandoned', data: giving };

describe('an attempt', () => {
  it('is recorded if it is the next one', () => {
    given()
      .when(recordFailedAttempt(failure(1)))
      .thenRecorded(failed(1));
    given(failed(1))
      .when(recordFailedAttempt(failure(2)))
      .thenRecorded(failed(2));
    given(failed(1))
      .when(parkDelivery(parking(2)))
      .thenRecorded(parked(2));
    given(failed(1), failed(2), resent)
      .when(recordFailedAttempt(failure(1)))
      .thenRecorded(failed(1));
  });

  it('changes nothing if another dispatcher recorded it, or the delivery ended or was resent meanwhile', () => {
    for (const decide of [recordFailedAttempt(failure(1)), parkDelivery(parking(1))]) {
      given(failed(1)).when(decide).thenNothing();
      given(parked(1)).when(decide).thenNothing();
      given(abandoned).when(decide).thenNothing();
      given(delivered).when(decide).thenNothing();
    }
    given(failed(1), resent)
      .when(recordFailedAttempt(failure(2)))
      .thenNothing();
  });

  it('that delivers counts once, even if the delivery was parked or abandoned meanwhile', () => {
    for (const facts of [[failed(1)], [failed(1), parked(2)], [failed(1), abandoned]])
      given(...facts)
        .when(recordDelivered(success))
        .thenRecorded(delivered);
    given(failed(1), delivered).when(recordDelivered(success)).thenNothing();
    given(failed(1), delivered, resent).when(recordDelivered(success)).thenRecorded(delivered);
  });
});

describe('the state of a delivery', () => {
  const stateAfter = (...facts: readonly SingleDeliveryEvent[]) => fold(delivery, facts);
  const pending = { status: 'PENDING', attempts: 0, nextAttemptAt: null, lastError: null, parkedFor: null, deliveredAt: null };

  it('follows its attempts', () => {
    expect(stateAfter()).toEqual(pending);
    expect(stateAfter(failed(1))).toEqual({ ...pending, attempts: 1, nextAttemptAt: 'after 1', lastError: 'failure 1' });
    expect(stateAfter(failed(1), parked(2))).toEqual({
      ...pending,
      status: 'PARKED',
      attempts: 2,
      lastError: 'failure 2',
      parkedFor: 'REJECTED',
    });
    expect(stateAfter(failed(1), delivered)).toEqual({ ...pending, status: 'DELIVERED', attempts: 2, deliveredAt: at });
  });

  it('has no reason to be parked once it was abandoned or resent', () => {
    expect(stateAfter(parked(1), abandoned)).toEqual({ ...pending, status: 'ABANDONED', attempts: 1, lastError: 'failure 1' });
    expect(stateAfter(parked(1), resent)).toEqual({ ...pending, lastError: 'failure 1' });
  });

  it('keeps the first success', () => {
    const late = { ...delivered, data: { ...success, attempt: 9, at: '2026-11-02T00:00:00.000Z' } } as SingleDeliveryEvent;
    const after = stateAfter(failed(1), delivered);
    expect(stateAfter(failed(1), delivered, late, abandoned, failed(2), parked(3))).toEqual(after);
  });
});

describe('resending', () => {
  const resend = (deliveredAt: string | null = null, force = false) => resendDelivery(resending, deliveredAt, force);

  it('is recorded for a delivery that failed, is parked or was abandoned', () => {
    for (const facts of [[failed(1)], [parked(1)], [abandoned], [parked(1), abandoned]])
      given(...facts)
        .when(resend())
        .thenRecorded(resent);
  });

  it('changes nothing for a delivery that waits for its first attempt', () => {
    given().when(resend()).thenNothing();
    given(parked(1), resent).when(resend()).thenNothing();
    given(parked(1), resent).when(resend(null, true)).thenNothing();
  });

  it('needs force if it was delivered, at the first attempt or at a later one', () => {
    given().when(resend(at)).thenRejected('ALREADY_DELIVERED', { deliveredAt: at });
    given(failed(1), delivered).when(resend()).thenRejected('ALREADY_DELIVERED', { deliveredAt: at });
    given().when(resend(at, true)).thenRecorded(resent);
    given(failed(1), delivered).when(resend(null, true)).thenRecorded(resent);
  });

  it('of many changes only those that are still parked', () => {
    given(parked(1)).when(resendParked(resending)).thenRecorded(resent);
    for (const facts of [[], [failed(1)], [parked(1), resent], [parked(1), abandoned], [parked(1), delivered]])
      given(...facts)
        .when(resendParked(resending))
        .thenNothing();
  });
});

describe('abandoning', () => {
  const abandon = (deliveredAt: string | null = null) => abandonDelivery(giving, deliveredAt);

  it('is recorded once', () => {
    for (const facts of [[], [failed(1)], [parked(1)], [abandoned, resent]])
      given(...facts)
        .when(abandon())
        .thenRecorded(abandoned);
    given(abandoned).when(abandon()).thenNothing();
  });

  it('is rejected if it was delivered', () => {
    given(failed(1), delivered).when(abandon()).thenRejected('ALREADY_DELIVERED', { deliveredAt: at });
    given().when(abandon(at)).thenRejected('ALREADY_DELIVERED', { deliveredAt: at });
  });
});

describe('the time of the next attempt', () => {
  const SECONDS = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
  const secondsUntil = (number: number, retryAfter: number | null = null, random = 0.5): number | null => {
    const next = nextAttemptAt(number, at, retryAfter, random);
    return next === null ? null : (Date.parse(next) - Date.parse(at)) / 1_000;
  };

  it('is after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h; then there is none', () => {
    expect(SECONDS.map((_, index) => secondsUntil(index + 1))).toEqual(SECONDS);
    expect([10, 11].map((number) => secondsUntil(number))).toEqual([null, null]);
    expect(secondsUntil(10, 60)).toBeNull();
  });

  it('varies by up to a tenth', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.double({ min: 0, max: 1, noNaN: true }), (number, random) => {
        const planned = SECONDS[number - 1] as number;
        const seconds = secondsUntil(number, null, random) as number;
        expect(seconds).toBeGreaterThanOrEqual(planned * 0.9 - 0.001);
        expect(seconds).toBeLessThanOrEqual(planned * 1.1 + 0.001);
      }),
    );
    expect([secondsUntil(1, null, 0), secondsUntil(1, null, 1)]).toEqual([4.5, 5.5]);
  });

  it('is not before the time that the receiver asked for, which delays it by at most a day', () => {
    expect(secondsUntil(1, 120)).toBe(120);
    expect(secondsUntil(1, 5.25)).toBe(5.25);
    expect(secondsUntil(1, 0)).toBe(5);
    expect(secondsUntil(2, 120)).toBe(300);
    expect(secondsUntil(1, 86_401)).toBe(86_400);
    expect(secondsUntil(1, Infinity)).toBe(86_400);
    expect(secondsUntil(1, -60)).toBe(5);
  });
});

describe('any sequence of commands', () => {
  const command: fc.Arbitrary<Decide<DeliveryState, SingleDeliveryEvent>> = fc.oneof(
    fc.integer({ min: 1, max: 4 }).map((number) => recordFailedAttempt(failure(number))),
    fc.integer({ min: 1, max: 4 }).map((number) => parkDelivery(parking(number))),
    fc.constantFrom(recordDelivered(success), resendParked(resending), resendDelivery(resending, null, true)),
    fc.constantFrom(resendDelivery(resending, null, false), abandonDelivery(giving, null)),
  );
  const eventsOf = (decide: Decide<DeliveryState, SingleDeliveryEvent>, state: DeliveryState) => {
    try {
      return decide(state);
    } catch {
      return [];
    }
  };

  it('records nothing when the last one is repeated, and leaves a consistent state', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
        let state = delivery.initial;
        for (const decide of commands) {
          state = eventsOf(decide, state).reduce(delivery.evolve, state);
          expect(eventsOf(decide, state)).toEqual([]);
          expect(state.deliveredAt !== null).toBe(state.status === 'DELIVERED');
          expect(state.parkedFor !== null).toBe(state.status === 'PARKED');
          if (state.status !== 'PENDING') expect(state.nextAttemptAt).toBeNull();
        }
      }),
    );
  });
});
