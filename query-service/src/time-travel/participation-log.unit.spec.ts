import { formatPosition, streams, type RecordedEvent, upcast } from '@rewards/contracts';
import { factsOfParticipation, recorded } from '@rewards/contracts/testing/sample-events';
import type { EventStore } from '@rewards/event-store';
import type { ReadModelStore } from '../read-models/read-model-store';
import { ParticipationLog, type LoginSelection } from './participation-log';

const accountId = '00000000-0000-4000-8000-00000000000b';
const WANTED: LoginSelection = {
  accountId,
  startsAt: '1970-01-01T00:00:00.000Z',
  endsAt: '2099-12-31T00:00:00.000Z',
  registeredAt: '2026-09-20T12:00:00.000Z',
  now: '2026-11-15T00:00:00.000Z',
  known: [],
};
const never = new AbortController().signal;

/** Builds a log with logins at these times, some of which are in the read model `audit`. */
const logOf = ({ times = [] as readonly string[], audited = [] as readonly string[] } = {}) => {
  const read: string[] = [];
  let [running, maximum] = [0, 0];
  const readStream = async (stream: string) => {
    read.push(stream.slice(-7));
    maximum = Math.max(maximum, (running += 1));
    await new Promise(setImmediate);
    running -= 1;
    return times.flatMap((at, index): RecordedEvent[] => {
      const position = formatPosition(index + 1);
      const data = { loginId: `login-${index}`, accountId, at };
      if (streams.login(accountId, at) !== stream) return [];
      return [{ stream, revision: 0, position, type: 'LoggedIn', data, metadata: {} } as unknown as RecordedEvent];
    });
  };
  const find = async ({ where }: { where: { order: { gt: string; lt: string } } }) =>
    audited.filter((at) => where.order.gt < at && at < where.order.lt).map((at) => ({ id: at, document: { order: at } }));
  const eventsAt = async (ids: readonly string[]) => ids.map((at) => ({ stream: streams.login(accountId, at) }));
  const readModels = { open: async () => ({ audit: { find } }) } as unknown as ReadModelStore;
  const log = new ParticipationLog({ readStream, eventsAt } as unknown as EventStore, readModels, upcast);
  return { log, read, maximum: () => maximum };
};

describe('the logins of an account', () => {
  it('are read from the registration until tomorrow, even if the window is longer', async () => {
    const { log, read } = logOf();
    await log.logins(WANTED, never);
    expect(read).toEqual(['2026-09', '2026-10', '2026-11']);
  });

  it('are read for every month of the window, at most four concurrently, if the log has no registration', async () => {
    const { log, read, maximum } = logOf();
    await log.logins({ ...WANTED, registeredAt: null }, never);
    // December 1969 to November 2026.
    expect(read).toHaveLength(57 * 12);
    expect(maximum()).toBe(4);
  });

  it('include counted and audited logins in the future or before the registration', async () => {
    const [counted, ahead, imported, outside] = [
      '2098-03-01T00:00:00.000Z',
      '2099-01-01T00:00:00.000Z',
      '2020-05-05T00:00:00.000Z',
      '2100-02-01T00:00:00.000Z',
    ];
    const { log, read } = logOf({ times: [ahead, counted, imported, outside], audited: [ahead, imported, outside] });
    const { found } = await log.logins({ ...WANTED, known: [counted, outside] }, never);
    expect(found.map(({ at }) => at)).toEqual([ahead, counted, imported]);
    expect(read.toSorted()).toEqual(['2020-05', '2026-09', '2026-10', '2026-11', '2098-03', '2099-01']);
  });

  it('are no longer read once the client has disconnected', async () => {
    const { log, read } = logOf();
    const client = new AbortController();
    const reading = log.logins({ ...WANTED, registeredAt: null }, client.signal);
    while (read.length < 20) await new Promise(setImmediate);
    client.abort(new Error('disconnected'));
    const before = read.length;
    await expect(reading).rejects.toThrow('disconnected');
    for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
    expect(read.length).toBe(before);
  });

  it('are limited to the window and a week around it', async () => {
    const days = ['10-20', '10-25', '11-10', '11-26', '11-28'];
    const { log } = logOf({ times: days.map((day) => `2026-${day}T00:00:00.000Z`) });
    const window = { startsAt: '2026-11-01T00:00:00.000Z', endsAt: '2026-11-20T00:00:00.000Z' };
    const { found } = await log.logins({ ...WANTED, ...window, now: '2026-12-31T00:00:00.000Z' }, never);
    expect(found.map(({ at }) => at.slice(5, 10))).toEqual(['10-25', '11-10', '11-26']);
  });
});

describe('the counted days of a participation', () => {
  it('are read from its stream up to a position, each once and in order', async () => {
    const { stream, started, counted } = factsOfParticipation('00000000-0000-4000-8000-000000000001', accountId);
    const on = (day: string, index: number) => counted(index + 1, { loginId: `login-${index}`, day });
    const events = recorded([started(), ...['2026-11-03', '2026-11-02', '2026-11-03', '2026-11-04'].map(on)]);
    const store = { readStream: async (name: string) => (name === stream ? events : []) } as unknown as EventStore;
    const log = new ParticipationLog(store, {} as ReadModelStore, upcast);
    expect(await log.daysOf(stream, formatPosition(4))).toEqual(['2026-11-02', '2026-11-03']);
    expect(await log.daysOf(stream, undefined)).toEqual(['2026-11-02', '2026-11-03', '2026-11-04']);
    expect(await log.daysOf('participation-unknown', undefined)).toEqual([]);
  });
});
