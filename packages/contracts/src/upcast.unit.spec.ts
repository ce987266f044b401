import type { RecordedEvent } from './domain-event';
import { START } from './position';
import { EXTENDED_SAMPLES, GOLDEN_SAMPLES } from './testing/golden-samples';
import { schemaVersionOf, upcast } from './upcast';

const recorded = (type: string, schemaVersion: number, data: unknown): RecordedEvent => ({
  id: 'id',
  stream: 'stream',
  revision: 0,
  position: START,
  type,
  data,
  metadata: { schemaVersion, correlationId: 'c', causationId: null, actor: { service: 's' }, at: '2026-03-01T10:00:00.000Z' },
});

describe.each(Object.entries(GOLDEN_SAMPLES))('%s', (type, { stored, today }) => {
  it('has a sample of every version', () => expect(stored).toHaveLength(schemaVersionOf(type)));

  it('is upcast from every version to the current shape', () => {
    stored.forEach((data, index) => {
      const upcasted = upcast(recorded(type, index + 1, JSON.parse(JSON.stringify(data))));
      expect([upcasted.data, upcasted.metadata.schemaVersion]).toEqual([today, schemaVersionOf(type)]);
    });
  });

  it('is returned unchanged if a newer version wrote it', () => {
    const newer = recorded(type, schemaVersionOf(type) + 1, { unknown: true });
    expect(upcast(newer)).toBe(newer);
  });
});

it.each(EXTENDED_SAMPLES)('upcast keeps the optional fields of %s', (type, data) => {
  expect(upcast(recorded(type, schemaVersionOf(type), JSON.parse(JSON.stringify(data)))).data).toEqual(data);
});

it('upcast returns events of unknown types unchanged, even if the type is a member of every object', () => {
  for (const type of ['FromTheFuture', 'toString', '__proto__']) {
    const unknown = recorded(type, 1, {});
    expect(upcast(unknown)).toBe(unknown);
  }
});
