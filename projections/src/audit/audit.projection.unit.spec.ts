import { formatPosition, streams } from '@rewards/contracts';
import { ELIXIR, factsOfEvent, factsOfParticipation, recorded, type Fact } from '@rewards/contracts/testing/sample-events';
import { given } from '../testing/given';
import { auditProjection } from './audit.projection';

const eventId = '00000000-0000-4000-8000-000000000001';
const accountId = '00000000-0000-4000-8000-00000000000b';
const event = factsOfEvent(eventId);
const { started, claimRefused } = factsOfParticipation(eventId, accountId);
const login: Fact = {
  stream: streams.login(accountId, '2026-11-02T00:00:00.000Z'),
  event: { type: 'LoggedIn', data: { loginId: 'login', accountId, at: '2026-11-02T00:00:00.000Z' } },
};
const unknown: Fact = { stream: 'later-1', event: { type: 'FactOfALaterVersion', data: { eventId: 7 } } };

describe('read model audit', () => {
  const viewsOf = (facts: readonly Fact[]) =>
    recorded(facts).map(({ position, type, metadata }) => ({
      type,
      actorId: 'test',
      traceId: null,
      causationId: null,
      order: `${metadata.at}|${position}`,
    }));

  it('has what lists filter by of every domain event, including refusals and types of later versions', () => {
    const facts = [event.created(), login, started(), claimRefused(), unknown];
    const [first, second, third, fourth, fifth] = viewsOf(facts);
    given(auditProjection, ...facts).shows({
      [formatPosition(1)]: { ...first, eventId, accountId: null },
      [formatPosition(2)]: { ...second, eventId: null, accountId },
      [formatPosition(3)]: { ...third, eventId, accountId },
      [formatPosition(4)]: { ...fourth, eventId, accountId },
      [formatPosition(5)]: { ...fifth, eventId: null, accountId: null },
    });
  });

  it('has the size of long data, so that a page of large events is cut before they are read', () => {
    const facts = [event.changed({ description: 'x'.repeat(5_000) })];
    const [data] = recorded(facts).map((fact) => fact.data);
    given(auditProjection, ...facts).shows({
      [formatPosition(1)]: { ...viewsOf(facts)[0], eventId, accountId: null, size: JSON.stringify(data).length },
    });
  });

  it('still fills the table of the previous release, whose documents contain the whole event', () => {
    const [previous] = auditProjection.previous ?? [];
    if (!previous) throw new Error('no previous table');
    const facts = [event.created()];
    const [entry] = recorded(facts).map(({ id: _id, metadata, ...fact }) => ({
      ...fact,
      at: metadata.at,
      actor: { service: 'test' },
      correlationId: 'request',
      causationId: null,
    }));
    given(previous, ...facts).shows({ [formatPosition(1)]: { ...entry, ...viewsOf(facts)[0], eventId, accountId: null } });
  });

  it('identifies the actor by account or service, and the trace of the request', () => {
    const [fact] = recorded([event.added(ELIXIR)]);
    if (!fact || typeof auditProjection.on !== 'function') throw new Error('no fact');
    const actor = { accountId, roles: ['OPERATOR'] } as const;
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    expect(auditProjection.on(null, { ...fact, metadata: { ...fact.metadata, actor, traceparent } })).toMatchObject({
      actorId: accountId,
      traceId: '0af7651916cd43dd8448eb211c80319c',
    });
  });
});
