import { formatPosition, type ReadModelVersion } from '@rewards/contracts';
import { RebuildSpeed } from './rebuild-speed';

const START = Date.parse('2026-11-01T00:00:00.000Z');
const head = formatPosition(1_000);

/** A version that has read a number of domain events, at a position that is ten times that number. */
const filled = (events: number, changes: Partial<ReadModelVersion> = {}): ReadModelVersion => ({
  version: 2,
  table: 1,
  logId: 'log',
  position: formatPosition(events * 10),
  eventId: null,
  upToDateAt: new Date(START).toISOString(),
  failure: null,
  events,
  ...changes,
});

describe('the speed of a rebuild', () => {
  it('is unknown at the start', () => {
    const report = new RebuildSpeed().report(filled(0), head, START);
    expect(report).toEqual({ version: 2, position: formatPosition(0), eventsPerSecond: 0, etaMs: null });
  });

  it('is the average since the start for a process that sees the rebuild for the first time', () => {
    const report = new RebuildSpeed().report(filled(20), head, START + 2_000);
    expect(report).toEqual({ version: 2, position: formatPosition(200), eventsPerSecond: 10, etaMs: 8_000 });
  });

  it('is that of the last ten seconds, after a pause too', () => {
    const speed = new RebuildSpeed();
    speed.report(filled(10), head, START + 1_000);
    const later = START + 3_600_000;
    speed.report(filled(10), head, later);
    expect(speed.report(filled(10), head, later + 10_000)).toMatchObject({ eventsPerSecond: 0, etaMs: null });
    for (let second = 1; second <= 10; second += 1) speed.report(filled(10 + 4 * second), head, later + 10_000 + second * 1_000);
    expect(speed.report(filled(50), head, later + 20_000)).toMatchObject({ eventsPerSecond: 4, etaMs: 12_500 });
  });

  it('is the same for frequent and for rare reports', () => {
    const [frequent, rare] = [new RebuildSpeed(), new RebuildSpeed()];
    for (let ms = 0; ms <= 20_000; ms += 10) frequent.report(filled(Math.floor(ms / 500)), head, START + ms);
    for (let ms = 0; ms <= 20_000; ms += 500) rare.report(filled(ms / 500), head, START + ms);
    expect(frequent.report(filled(40), head, START + 20_000)).toEqual(rare.report(filled(40), head, START + 20_000));
  });

  it('begins again with the next rebuild', () => {
    const speed = new RebuildSpeed();
    speed.report(filled(90), head, START + 1_000);
    const next = filled(5, { version: 3, upToDateAt: new Date(START + 60_000).toISOString() });
    expect(speed.report(next, head, START + 61_000)).toMatchObject({ version: 3, eventsPerSecond: 5, etaMs: 19_000 });
  });

  it('leaves nothing to do at the end of the log, and is zero after a failure', () => {
    expect(new RebuildSpeed().report(filled(100), head, START + 1_000).etaMs).toBe(0);
    const failure = { position: formatPosition(200), message: 'cannot read this' };
    const stopped = new RebuildSpeed().report(filled(20, { failure }), head, START + 1_000);
    expect([stopped.eventsPerSecond, stopped.etaMs]).toEqual([0, null]);
  });
});
