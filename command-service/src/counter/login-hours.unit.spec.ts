import { formatPosition, startOf, type Checkpoint } from '@rewards/contracts';
import fc from 'fast-check';
import { LoginHours } from './login-hours';

const checkpoint = (seq: number): Checkpoint =>
  seq === 0 ? startOf('log') : { logId: 'log', position: formatPosition(seq), eventId: `event ${seq}` };
const timeOf = (minute: number): string => new Date(Date.UTC(2026, 10, 1) + minute * 60_000).toISOString();
const MINUTES = 3 * 24 * 60;

interface Login {
  readonly at: string;
  readonly seq: number;
  readonly before: Checkpoint;
}

/** Logins in any order of their times, read in batches of different sizes, as the counter reads them. */
const logs = fc
  .array(fc.tuple(fc.nat(MINUTES), fc.integer({ min: 1, max: 4 })), { maxLength: 60 })
  .map((rows): readonly Login[] => {
    let batchStart = 0;
    let left = 0;
    return rows.map(([minute, size], index) => {
      if (left === 0) [batchStart, left] = [index, size];
      left -= 1;
      return { at: timeOf(minute), seq: index + 1, before: checkpoint(batchStart) };
    });
  });

describe('the index of login hours', () => {
  it('never leaves out a login of a time or later, whatever the order in which logins were recorded and added', () => {
    fc.assert(
      fc.property(logs, fc.nat(MINUTES), fc.infiniteStream(fc.boolean()), (logins, minute, isDelayed) => {
        const hours = new LoginHours();
        const delayed = logins.filter(() => isDelayed.next().value === true);
        for (const login of logins) if (!delayed.includes(login)) hours.add(login.at, login.before);
        for (const login of delayed) hours.add(login.at, login.before);
        const restored = new LoginHours();
        restored.restore(JSON.parse(JSON.stringify(hours.lists())) as ReturnType<typeof hours.lists>);

        const from = restored.before(timeOf(minute));
        const later = logins.filter(({ at }) => at >= timeOf(minute));
        if (from === null) return expect(later).toEqual([]);
        expect(later.filter(({ seq }) => formatPosition(seq) <= from.position)).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  it('leaves out all batches before the first login of the hour', () => {
    fc.assert(
      fc.property(logs, fc.nat(MINUTES), (logins, minute) => {
        const hours = new LoginHours();
        for (const { at, before } of logins) hours.add(at, before);
        const first = logins.find(({ at }) => at.slice(0, 13) >= timeOf(minute).slice(0, 13));
        expect(hours.before(timeOf(minute))).toEqual(first?.before ?? null);
      }),
    );
  });

  it('keeps one entry for each hour, however many logins it reads', () => {
    const hours = new LoginHours();
    for (let login = 0; login < 10_000; login += 1) hours.add(timeOf(login / 100), checkpoint(login));
    expect(hours.lists().loginHours).toHaveLength(2);
  });

  it('begins before an unreadable login until all logins of its stream are readable', () => {
    const hours = new LoginHours();
    hours.addUnreadable('login-a', checkpoint(2));
    hours.add(timeOf(0), checkpoint(1));
    hours.add(timeOf(600), checkpoint(7));
    expect(hours.before(timeOf(600))).toEqual(checkpoint(2));
    hours.add(timeOf(590), checkpoint(2));
    hours.streamReadable('login-a');
    expect([590, 600, 700].map((minute) => hours.before(timeOf(minute)))).toEqual([checkpoint(2), checkpoint(7), null]);
  });
});
