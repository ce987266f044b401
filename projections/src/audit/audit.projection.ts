import {
  type Actor,
  type AnyDomainEvent,
  type AuditView,
  LOGINS_BY_MESSAGE,
  type RecordedEvent,
  sortKey,
} from '@rewards/contracts';
import type { ReadModelProjection } from '../runner/projection';

/** Read model `audit`: one document for each domain event of any type. */
export const auditProjection: ReadModelProjection<AnyDomainEvent, 'audit'> = {
  name: 'audit',
  tableVersion: 3,
  indexes: [
    { fields: ['order'], shared: 'by most' },
    { fields: ['type', 'order'], shared: 'by most' },
    { fields: ['eventId', 'order'] },
    { fields: ['eventId', 'type', 'order'] },
    { fields: ['actorId', 'order'], shared: 'by few' },
    { fields: ['accountId', 'order'], shared: 'by few' },
    { fields: ['traceId', 'order'], shared: 'by few' },
    LOGINS_BY_MESSAGE,
  ],
  key: ({ position }) => position,
  on: (_view, recorded) => auditView(recorded),
};

/** Returns the audit document of a domain event. */
export const auditView = ({ metadata, ...recorded }: RecordedEvent): AuditView => {
  const { position, stream, revision, type, data } = recorded;
  const { at, actor, correlationId, causationId, traceparent } = metadata;
  return {
    position,
    stream,
    revision,
    type,
    at,
    actor,
    actorId: actorIdOf(actor),
    accountId: idIn(data, 'accountId'),
    eventId: idIn(data, 'eventId'),
    data,
    correlationId,
    causationId,
    traceId: traceparent?.split('-')[1] ?? null,
    order: sortKey(at, position),
  };
};

const actorIdOf = (actor: Actor): string => ('service' in actor ? actor.service : actor.accountId);

const idIn = (data: unknown, field: 'accountId' | 'eventId'): string | null => {
  const value = (data as Readonly<Record<string, unknown>> | null)?.[field];
  return typeof value === 'string' ? value : null;
};
