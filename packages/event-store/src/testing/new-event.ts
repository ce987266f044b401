import { randomUUID } from 'node:crypto';
import type { NewEvent } from '../event-store';

/** Creates an event without meaning, for tests of an event store. */
export const newEvent = (data: unknown = { note: '극한성장의 비약' }, type = 'Noted'): NewEvent => ({
  id: randomUUID(),
  type,
  data,
  metadata: {
    schemaVersion: 1,
    correlationId: randomUUID(),
    causationId: null,
    actor: { service: 'test' },
    at: '2026-01-01T00:00:00.000Z',
  },
});

export const newEvents = (count: number): NewEvent[] => Array.from({ length: count }, (_, index) => newEvent({ index }));
