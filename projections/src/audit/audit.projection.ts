import {
  auditEntryOf,
  idIn,
  type Actor,
  type AnyDomainEvent,
  type AuditView,
  LOGINS_BY_MESSAGE,
  type RecordedEvent,
  sortKey,
} from '@rewards/contracts';
import type { AnyProjection, ReadModelProjection } from '../runner/projection';

const indexes = [
  { fields: ['order'], shared: 'by most' },
  { fields: ['type', 'order'], shared: 'by most' },
  { fields: ['eventId', 'order'] },
  { fields: ['eventId', 'type', 'order'] },
  { fields: ['actorId', 'order'], shared: 'by few' },
  { fields: ['accountId', 'order'], shared: 'by few' },
  { fields: ['traceId', 'order'], shared: 'by few' },
  LOGINS_BY_MESSAGE,
] as const;

/** Data up to this length, in characters, has no `size`: a page of such events is small. */
const SHORT = 4_096;

/** Returns what lists filter and sort a domain event by. */
const auditView = ({ position, type, data, metadata }: RecordedEvent): AuditView => {
  const { at, actor, traceparent, causationId } = metadata;
  const size = JSON.stringify(data)?.length ?? 0;
  return {
    type,
    actorId: actorIdOf(actor),
    accountId: idIn(data, 'accountId'),
    eventId: idIn(data, 'eventId'),
    traceId: traceparent?.split('-')[1] ?? null,
    order: sortKey(at, position),
    causationId: type === 'LoggedIn' ? causationId : null,
    ...(size > SHORT && { size }),
  };
};

/** Keeps the live version of releases whose documents contained the whole event, until this release has filled its own. */
const wholeEvents: AnyProjection = {
  name: 'audit',
  tableVersion: 3,
  indexes,
  key: ({ position }: RecordedEvent) => position,
  on: (_view: object | null, recorded: RecordedEvent) => {
    const { size: _size, causationId: _causationId, ...view } = auditView(recorded);
    return { ...auditEntryOf(recorded), ...view };
  },
};

/** Read model `audit`: one document for each domain event of any type. */
export const auditProjection: ReadModelProjection<AnyDomainEvent, 'audit'> = {
  name: 'audit',
  tableVersion: 4,
  previous: [wholeEvents],
  indexes,
  key: ({ position }) => position,
  on: (_view, recorded) => auditView(recorded),
};

const actorIdOf = (actor: Actor): string => ('service' in actor ? actor.service : actor.accountId);
