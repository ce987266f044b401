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

  it('reads every version as of today', () => {
    stored.forEach((data, index) => {
      const raised = upcast(recorded(type, index + 1, JSON.parse(JSON.stringify(data))));
      expect([raised.data, raised.metadata.schemaVersion]).toEqual([today, schemaVersionOf(type)]);
    });
  });

  it('leaves the facts of a newer writer alone', () => {
    const newer = recorded(type, schemaVersionOf(type) + 1, { unknown: true });
    expect(upcast(newer)).toBe(newer);
  });
});

it.each(EXTENDED_SAMPLES)('reads the optional fields of %s as they were stored', (type, data) => {
  expect(upcast(recorded(type, schemaVersionOf(type), JSON.parse(JSON.stringify(data)))).data).toEqual(data);
});

it('leaves facts of unknown types alone, whatever they are called', () => {
  for (const type of ['FromTheFuture', 'toString', '__proto__']) {
    const unknown = recorded(type, 1, {});
    expect(upcast(unknown)).toBe(unknown);
  }
});
