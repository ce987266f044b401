import { randomUUID } from 'node:crypto';
import { streams } from '@rewards/contracts';
import { ELIXIR, eventResponse, factsOfEvent, SAUNA, type Fact } from '@rewards/contracts/testing/sample-events';
import { dataOf, problemOf } from '@rewards/testing/http';
import { A_POSITION, given, operator, stopClock, useCommandService } from './harness';

useCommandService();

describe('a reward event', () => {
  const now = '2026-11-08T00:00:00.000Z';
  /** Domain events that bring the sample event into each state. */
  const leadingTo = (eventId: string): Readonly<Record<string, readonly Fact[]>> => {
    const { created, added, published, paused, ended, deleted } = factsOfEvent(eventId);
    const draft = [created(), added(ELIXIR), added(SAUNA)];
    const active = [...draft, published()];
    return {
      DRAFT: draft,
      ACTIVE: active,
      PAUSED: [...active, paused()],
      ENDED: [...active, ended()],
      DELETED: [...active, deleted()],
    };
  };

  it.each([
    ['publish', 'DRAFT', 'ACTIVE', 'RewardEventPublished'],
    ['pause', 'ACTIVE', 'PAUSED', 'RewardEventPaused'],
    ['resume', 'PAUSED', 'ACTIVE', 'RewardEventResumed'],
    ['end', 'ACTIVE', 'ENDED', 'RewardEventEnded'],
    ['delete', 'ACTIVE', 'DELETED', 'RewardEventDeleted'],
    ['delete', 'ENDED', 'DELETED', 'RewardEventDeleted'],
    ['restore', 'DELETED', 'ACTIVE', 'RewardEventRestored'],
  ])('changes by %s from %s to %s', async (command, from, to, type) => {
    stopClock(now);
    const eventId = randomUUID();
    const facts = leadingTo(eventId)[from] ?? [];
    const endsAt = command === 'end' ? now : from === 'ENDED' ? '2026-11-04T00:00:00.000Z' : '2026-12-01T00:00:00.000Z';
    await given(...facts)
      .when({ method: 'POST', path: `/events/${eventId}/${command}`, as: operator })
      .thenResponds(
        dataOf(200, eventResponse(eventId, { status: to, endsAt, claimsUntil: expect.any(String) }), {
          etag: `"${facts.length}"`,
          'x-position': A_POSITION,
        }),
        { stream: streams.rewardEvent(eventId), event: { type, data: { eventId, at: now } } },
      );
  });

  it.each([
    ['pause', 'DRAFT', 'PauseRewardEvent'],
    ['resume', 'DRAFT', 'ResumeRewardEvent'],
    ['end', 'DRAFT', 'EndRewardEvent'],
    ['restore', 'DRAFT', 'RestoreRewardEvent'],
    ['resume', 'ACTIVE', 'ResumeRewardEvent'],
    ['publish', 'ACTIVE', 'PublishRewardEvent'],
    ['pause', 'PAUSED', 'PauseRewardEvent'],
    ['publish', 'PAUSED', 'PublishRewardEvent'],
    ['resume', 'ENDED', 'ResumeRewardEvent'],
    ['end', 'ENDED', 'EndRewardEvent'],
    ['pause', 'DELETED', 'PauseRewardEvent'],
    ['delete', 'DELETED', 'DeleteRewardEvent'],
  ])('rejects %s in the state %s, and records the rejection', async (path, state, command) => {
    stopClock(now);
    const eventId = randomUUID();
    await given(...(leadingTo(eventId)[state] ?? []))
      .when({ method: 'POST', path: `/events/${eventId}/${path}`, as: operator })
      .thenResponds(problemOf(409, 'WRONG_STATE', { state }, { etag: undefined, 'x-position': A_POSITION }), {
        stream: streams.refusals(streams.rewardEvent(eventId)),
        event: { type: 'CommandRefused', data: { eventId, command, code: 'WRONG_STATE', details: { state }, at: now } },
      });
  });
});
