import { formatPosition, streams } from '@rewards/contracts';
import { ELIXIR, factsOfEvent, factsOfParticipation, SAUNA } from '@rewards/contracts/testing/sample-events';
import { given } from '../testing/given';
import { eventsProjection } from './events.projection';

const eventId = '00000000-0000-4000-8000-000000000001';
const accountId = '00000000-0000-4000-8000-00000000000b';
const {
  created,
  added,
  published,
  unpublished,
  changed,
  rewardChanged,
  withdrawn,
  held,
  released,
  paused,
  resumed,
  ended,
  deleted,
  restored,
} = factsOfEvent(eventId);
const id = streams.rewardEvent(eventId);

const terms = (termsVersion: number, rewards: readonly (typeof ELIXIR)[]) => ({
  termsVersion,
  condition: { type: 'LOGIN_COUNT', count: 3 },
  rewards,
});

const draft = {
  eventId,
  name: '접속 이벤트',
  description: '',
  startsAt: '2026-11-01T00:00:00.000Z',
  endsAt: '2026-12-01T00:00:00.000Z',
  claimsUntil: '2026-12-15T00:00:00.000Z',
  timeZone: 'Asia/Seoul',
  condition: { type: 'LOGIN_COUNT', count: 3 },
  rewards: [],
  termsVersion: 1,
  publishedAt: null,
  pausedAt: null,
  deletedAt: null,
  createdBy: '00000000-0000-4000-8000-00000000000a',
  createdAt: '2026-10-01T00:00:00.000Z',
  createdPosition: formatPosition(1),
  searchName: '접속 이벤트',
  revision: 0,
};

describe('read model events', () => {
  it('shows a draft', () => {
    given(eventsProjection, created()).shows({ [id]: draft });
  });

  it('does not show the requestId of the creation', () => {
    given(eventsProjection, created({ requestId: 'r-1' })).shows({ [id]: draft });
    given(eventsProjection, created({ dayStartsAt: '05:00' })).shows({ [id]: { ...draft, dayStartsAt: '05:00' } });
  });

  it('shows rewards in the order in which they were added', () => {
    given(eventsProjection, created(), added(SAUNA), added(ELIXIR)).shows({
      [id]: { ...draft, rewards: [SAUNA, ELIXIR], revision: 2 },
    });
  });

  it('shows when it was published', () => {
    given(eventsProjection, created(), added(ELIXIR), published()).shows({
      [id]: { ...draft, rewards: [ELIXIR], publishedAt: '2026-10-01T00:02:00.000Z', revision: 2 },
    });
  });

  it('shows changed details, and changed rewards of a draft', () => {
    given(eventsProjection, created(), added(ELIXIR), changed({ name: '새 이름', rewards: [SAUNA] })).shows({
      [id]: { ...draft, name: '새 이름', searchName: '새 이름', rewards: [SAUNA], revision: 2 },
    });
  });

  it('shows the metadata', () => {
    const metadata = { image: 'events/2026-11.png' };
    given(eventsProjection, created({ metadata }), changed({ metadata: {} })).shows({
      [id]: { ...draft, revision: 1 },
    });
    given(eventsProjection, created({ metadata })).shows({ [id]: { ...draft, metadata } });
  });

  it('shows which rewards are on hold, also withdrawn ones', () => {
    const shown = { ...draft, rewards: [ELIXIR], publishedAt: '2026-10-01T00:02:00.000Z' };
    const facts = [created(), added(ELIXIR), published(), held(ELIXIR.name)];
    given(eventsProjection, ...facts).shows({ [id]: { ...shown, held: [ELIXIR.name], revision: 3 } });
    given(eventsProjection, ...facts, withdrawn(ELIXIR.name)).shows({
      [id]: { ...shown, rewards: [], held: [ELIXIR.name], termsVersion: 2, earlierTerms: [terms(1, [ELIXIR])], revision: 4 },
    });
    given(eventsProjection, ...facts, released(ELIXIR.name)).shows({ [id]: { ...shown, revision: 4 } });
  });

  it('shows an unpublished event as a draft with a new version of its terms', () => {
    given(eventsProjection, created(), added(ELIXIR), published(), unpublished()).shows({
      [id]: { ...draft, rewards: [ELIXIR], termsVersion: 2, earlierTerms: [terms(1, [ELIXIR])], revision: 3 },
    });
  });

  it('increases termsVersion only for changes after the publication', () => {
    const more = { ...ELIXIR, amount: 150 };
    const history = [created(), added(ELIXIR), added(SAUNA)];
    given(eventsProjection, ...history, rewardChanged(ELIXIR.name, 150)).shows({
      [id]: { ...draft, rewards: [more, SAUNA], revision: 3 },
    });
    given(eventsProjection, ...history, published(), rewardChanged(ELIXIR.name, 150), withdrawn(SAUNA.name)).shows({
      [id]: {
        ...{ ...draft, rewards: [more], publishedAt: '2026-10-01T00:02:00.000Z', termsVersion: 3, revision: 5 },
        earlierTerms: [terms(1, [ELIXIR, SAUNA]), terms(2, [more, SAUNA])],
      },
    });
  });

  it('shows milestones with their holds, and the terms of every version', () => {
    const milestones = [{ count: 2, rewards: [SAUNA] }];
    const more = { ...SAUNA, amount: 9 };
    const facts = [created({ milestones, cycle: 'WEEK', autoComplete: true }), added(ELIXIR), published()];
    given(eventsProjection, ...facts, rewardChanged(SAUNA.name, 9, 2), held(SAUNA.name, 2)).shows({
      [id]: {
        ...{ ...draft, rewards: [ELIXIR], publishedAt: '2026-10-01T00:02:00.000Z', termsVersion: 2, revision: 4 },
        ...{ cycle: 'WEEK', autoComplete: true },
        milestones: [{ count: 2, rewards: [more], held: [SAUNA.name] }],
        earlierTerms: [{ ...terms(1, [ELIXIR]), milestones }],
      },
    });
  });

  it('has names in the form that a search compares', () => {
    given(eventsProjection, created({ name: 'Daily Straße' }), changed({ name: 'Weekly Cafe\u0301' })).shows({
      [id]: { ...draft, name: 'Weekly Cafe\u0301', searchName: 'WEEKLY CAFÉ', revision: 1 },
    });
  });

  it('still fills the tables of earlier releases', () => {
    expect(eventsProjection.previous?.map(({ tableVersion }) => tableVersion)).toEqual([4, 3]);
    for (const previous of eventsProjection.previous ?? []) {
      given(previous, created(), added(ELIXIR)).shows({ [id]: { ...draft, rewards: [ELIXIR], revision: 1 } });
    }
  });

  describe('once published', () => {
    const history = [created(), added(ELIXIR), published()];
    const shown = { ...draft, rewards: [ELIXIR], publishedAt: '2026-10-01T00:02:00.000Z' };

    it('shows a pause while it lasts', () => {
      given(eventsProjection, ...history, paused()).shows({
        [id]: { ...shown, pausedAt: '2026-11-02T00:00:00.000Z', revision: 3 },
      });
      given(eventsProjection, ...history, paused(), resumed()).shows({ [id]: { ...shown, revision: 4 } });
    });

    it('shows the time of an early end as its end, and clears a pause', () => {
      given(eventsProjection, ...history, paused(), ended()).shows({
        [id]: { ...shown, endsAt: '2026-11-04T00:00:00.000Z', revision: 4 },
      });
    });

    it('keeps its planned end when it is ended later, during a pause', () => {
      given(eventsProjection, ...history, paused(), ended('2026-12-05T00:00:00.000Z')).shows({ [id]: { ...shown, revision: 4 } });
    });

    it('shows a deletion until it is undone', () => {
      given(eventsProjection, ...history, deleted()).shows({
        [id]: { ...shown, deletedAt: '2026-11-05T00:00:00.000Z', revision: 3 },
      });
      given(eventsProjection, ...history, deleted(), restored()).shows({ [id]: { ...shown, revision: 4 } });
    });
  });

  it('has one document for each event, and ignores other types of domain events', () => {
    const otherId = '00000000-0000-4000-8000-000000000002';
    const other = factsOfEvent(otherId);
    given(
      eventsProjection,
      created(),
      other.created({ name: '둘째' }),
      factsOfParticipation(eventId, accountId).started(),
      { stream: id, event: { type: 'FactOfALaterVersion', data: {} } },
      added(ELIXIR),
    ).shows({
      [id]: { ...draft, rewards: [ELIXIR], revision: 2 },
      [streams.rewardEvent(otherId)]: {
        ...draft,
        eventId: otherId,
        name: '둘째',
        searchName: '둘째',
        createdPosition: formatPosition(2),
      },
    });
  });
});
