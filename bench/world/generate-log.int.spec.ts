import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkLog, Findings } from '@rewards/checker';
import { upcast } from '@rewards/contracts';
import { NO_STREAM } from '@rewards/event-store';
import { openEmbeddedEventStore } from '@rewards/event-store/adapters/embedded';
import { Ids, LogGenerator, REALISTIC, RUNNING_EVENTS } from './generate-log';

it('generates a realistic log in which verification finds nothing, with reached milestones of the calendar', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'generate-log-'));
  const store = openEmbeddedEventStore({ file: join(folder, 'events.db') });
  try {
    const generator = new LogGenerator({ ...REALISTIC, players: 30, now: Date.parse('2026-11-20T12:00:00.000Z') }, new Ids());
    const revisions = new Map<string, number>();
    for (const { stream, events } of generator.appends()) {
      const revision = revisions.get(stream) ?? NO_STREAM;
      await store.append(stream, revision, events);
      revisions.set(stream, revision + events.length);
    }
    const findings = new Findings();
    await checkLog(store, findings, { upcast, signal: new AbortController().signal, patienceMs: 0 });
    expect([findings.first, findings.notes]).toEqual([[], []]);

    const calendar = RUNNING_EVENTS.findIndex(({ milestones }) => milestones);
    const milestonesIn = (pairs: LogGenerator['completed']) =>
      [...new Set(pairs.filter(([, event]) => event === calendar).map(([, , milestone]) => milestone))].sort();
    expect([milestonesIn(generator.completed), milestonesIn(generator.eligible)]).toEqual([
      [1, 3],
      [1, 3],
    ]);
  } finally {
    await store.close();
    await rm(folder, { recursive: true });
  }
});
