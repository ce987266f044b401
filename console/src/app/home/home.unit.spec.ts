import type { ListedEvent } from '../events/load-events';
import { changeOf, dayFigures, type Hour } from './figures';
import { inParallel } from './in-parallel';
import { byFrequency, countRejections, type RejectedPage } from './rejections';
import { formatUntil, passedOf, soonOf } from './soon';

const hour = (at: string, completions: number): Hour => ({ hour: at, logins: 0, completions, claims: 0, amount: 0 });

describe('the figures of a day', () => {
  const hours = [
    hour('2026-11-25T14:00:00.000Z', 1_000),
    hour('2026-11-25T15:00:00.000Z', 1),
    hour('2026-11-25T23:00:00.000Z', 2),
    hour('2026-11-26T00:00:00.000Z', 4),
    hour('2026-11-26T14:00:00.000Z', 8),
    hour('2026-11-26T15:00:00.000Z', 16),
    hour('2026-11-26T23:00:00.000Z', 32),
    hour('2026-11-27T00:00:00.000Z', 64),
  ];

  it('compare today with yesterday until the last full hour, in the zone', () => {
    const { untilTime, figures } = dayFigures(hours, Date.parse('2026-11-27T00:20:00.000Z'), 'Asia/Seoul');
    expect(untilTime).toBe('09:00');
    expect(figures.completions).toEqual({ soFar: 112, untilToday: 48, untilYesterday: 3, yesterday: 15 });
    expect(changeOf(figures.completions)).toBe(15);
  });

  it('end at the same clock time on both days when the clocks change', () => {
    const spring = [
      hour('2026-03-28T09:00:00.000Z', 1),
      hour('2026-03-28T10:00:00.000Z', 2),
      hour('2026-03-29T09:00:00.000Z', 4),
    ];
    const { untilTime, figures } = dayFigures(spring, Date.parse('2026-03-29T10:30:00.000Z'), 'Europe/Berlin');
    expect(untilTime).toBe('12:00');
    expect(figures.completions).toMatchObject({ untilToday: 4, untilYesterday: 3 });
  });

  it('have no change if there was nothing yesterday', () => {
    const { figures } = dayFigures([], Date.parse('2026-11-27T00:20:00.000Z'), 'UTC');
    expect(changeOf(figures.claims)).toBeNull();
  });
});

describe('what begins or ends soon', () => {
  const NOW = Date.parse('2026-11-27T00:00:00.000Z');
  const event = (
    name: string,
    status: ListedEvent['status'],
    startsAt: string,
    endsAt: string,
    claimsUntil: string,
  ): ListedEvent => ({
    eventId: name,
    name,
    description: '',
    status,
    startsAt,
    endsAt,
    claimsUntil,
    timeZone: 'UTC',
    dayStartsAt: '00:00',
    condition: { type: 'LOGIN_COUNT', count: 1 },
    rewards: [],
    milestones: [],
    cycle: null,
    autoComplete: false,
    autoClaim: false,
    metadata: {},
    termsVersion: 1,
    createdBy: '',
    createdAt: '',
  });

  it('is listed in the order of time, within 7 days', () => {
    const events = [
      event('runs', 'ACTIVE', '2026-11-20T00:00:00.000Z', '2026-11-30T00:00:00.000Z', '2026-12-02T00:00:00.000Z'),
      event('begins', 'SCHEDULED', '2026-11-29T00:00:00.000Z', '2026-12-20T00:00:00.000Z', '2026-12-24T00:00:00.000Z'),
      event('ended', 'ENDED', '2026-11-01T00:00:00.000Z', '2026-11-26T00:00:00.000Z', '2026-11-28T00:00:00.000Z'),
      event('later', 'SCHEDULED', '2026-12-04T00:00:00.000Z', '2026-12-20T00:00:00.000Z', '2026-12-24T00:00:00.000Z'),
      event('draft', 'DRAFT', '2026-11-29T00:00:00.000Z', '2026-12-01T00:00:00.000Z', '2026-12-24T00:00:00.000Z'),
    ];
    expect(soonOf(events, NOW).map(({ kind, event: { name } }) => `${name} ${kind}`)).toEqual([
      'ended closes',
      'begins starts',
      'runs ends',
      'runs closes',
    ]);
  });

  it('says how long that is', () => {
    const times = ['2026-11-27T00:20:00.000Z', '2026-11-27T05:00:00.000Z', '2026-11-30T00:00:00.000Z'];
    expect(times.map((at) => formatUntil(at, NOW, 'ko'))).toEqual(['20분 후', '5시간 후', '3일 후']);
  });

  it('measures the part of a window that has passed', () => {
    const window = { startsAt: '2026-11-26T00:00:00.000Z', endsAt: '2026-11-30T00:00:00.000Z' };
    expect([NOW, 0, Number.MAX_SAFE_INTEGER].map((now) => passedOf(window, now))).toEqual([0.25, 0, 1]);
  });
});

describe('the count of rejections', () => {
  const rows = (...positions: number[]) =>
    positions.map((position) => ({ position: `${position}`, reason: position % 2 ? 'ODD' : 'EVEN' }));
  const pagesOf =
    (...pages: ReturnType<typeof rows>[]) =>
    async (cursor: string | undefined): Promise<RejectedPage> => {
      const index = Number(cursor ?? 0);
      return { data: pages[index] ?? [], page: { next: index + 1 < pages.length ? `${index + 1}` : null } };
    };

  it('reads all pages, the most frequent reason first', async () => {
    const counted = await countRejections(undefined, pagesOf(rows(7, 5), rows(4, 3)), 10);
    expect(byFrequency(counted)).toEqual([
      ['ODD', 3],
      ['EVEN', 1],
    ]);
    expect(counted).toMatchObject({ newest: '7', isPart: false });
  });

  it('adds only newer ones later', async () => {
    const counted = await countRejections(undefined, pagesOf(rows(4, 3)), 10);
    const again = await countRejections(counted, pagesOf(rows(6, 5, 4), rows(3)), 10);
    expect(byFrequency(again)).toEqual([
      ['EVEN', 2],
      ['ODD', 2],
    ]);
    expect(await countRejections(again, pagesOf(rows(6, 5, 4), rows(3)), 10)).toEqual(again);
  });

  it('counts all of them again if the newest one is missing', async () => {
    const counted = await countRejections(undefined, pagesOf(rows(9)), 10);
    expect(await countRejections(counted, pagesOf(rows(4, 3)), 10)).toMatchObject({
      newest: '4',
      byReason: new Map([
        ['EVEN', 1],
        ['ODD', 1],
      ]),
    });
  });

  it('says if it stopped before the end', async () => {
    expect(await countRejections(undefined, pagesOf(rows(4), rows(3), rows(2)), 2)).toMatchObject({ isPart: true, newest: '4' });
  });
});

it('calls a limited number at once and keeps the order', async () => {
  let current = 0;
  let most = 0;
  const results = await inParallel([3, 1, 2, 5, 4], 2, async (item) => {
    most = Math.max(most, (current += 1));
    for (let turns = 0; turns < item; turns += 1) await Promise.resolve();
    current -= 1;
    return item * 10;
  });
  expect([results, most]).toEqual([[30, 10, 20, 50, 40], 2]);
});
