import fc from 'fast-check';
import { IANAZone } from 'luxon';
import { dayOf, isKnownZone, isTimeZone, exclusionOf, progressOf, UnknownTimeZone, type CountedLogin } from './index';

const login = (day: string, loginId = day): CountedLogin => ({ loginId, at: `${day}T00:00:00.000Z`, day });
const on = (...days: number[]) => days.map((day) => login(`2026-03-${String(day).padStart(2, '0')}`, `l${day}`));

describe('LOGIN_COUNT', () => {
  const condition = { type: 'LOGIN_COUNT', count: 3 } as const;
  it('counts every login up to the required count', () => {
    const twice = [login('2026-03-01', 'a'), login('2026-03-01', 'b')];
    expect([[], twice, on(1, 2, 3, 4)].map((logins) => progressOf(condition, logins))).toEqual([0, 2, 3]);
    expect(exclusionOf(condition, twice, '2026-03-01')).toBeNull();
  });
});

describe('LOGIN_DAYS', () => {
  const condition = { type: 'LOGIN_DAYS', count: 5 } as const;
  it('counts distinct days at any distance', () => {
    expect(progressOf(condition, [...on(1, 9, 20), login('2026-03-09', 'again')])).toBe(3);
    expect(exclusionOf(condition, on(1, 9), '2026-03-09')).toBe('SAME_DAY');
    expect(exclusionOf(condition, on(1, 9), '2026-03-10')).toBeNull();
  });
});

describe('LOGIN_STREAK', () => {
  const streak = (days: readonly number[], graceDays?: number) =>
    progressOf({ type: 'LOGIN_STREAK', count: 31, ...(graceDays !== undefined && { graceDays }) }, on(...days));
  it.each([
    [[], 0, 0],
    [[5], 0, 1],
    [[1, 2, 3], 0, 3],
    [[1, 2, 4, 5, 6], 0, 3],
    [[1, 2, 4, 5, 6], 1, 6],
    [[1, 3, 5, 7], 1, 3],
    [[1, 3, 5, 7], 2, 5],
    [[1, 3, 5, 7], 3, 7],
    [[1, 5], 2, 1],
    [[1, 5], 3, 5],
    [[1, 2, 10, 11, 12], 1, 3],
  ])('on days %j with %i grace days has the progress %i', (days, grace, length) => expect(streak(days, grace)).toBe(length));
  it('has no grace days by default', () => expect(streak([1, 3])).toBe(1));
  it('continues across the end of a month and of a year', () => {
    const days = ['2027-12-30', '2027-12-31', '2028-01-01'].map((day) => login(day));
    expect(progressOf({ type: 'LOGIN_STREAK', count: 9 }, days)).toBe(3);
    expect(
      progressOf(
        { type: 'LOGIN_STREAK', count: 9 },
        ['2028-02-28', '2028-02-29', '2028-03-01'].map((day) => login(day)),
      ),
    ).toBe(3);
  });
  it('counts a day that its zone skipped as missed', () => {
    const days = ['2011-12-29T12:00:00.000-10:00', '2011-12-31T12:00:00.000+14:00'].map((at) => {
      const instant = new Date(at).toISOString();
      return login(dayOf(instant, 'Pacific/Apia', '00:00'));
    });
    expect(days.map(({ day }) => day)).toEqual(['2011-12-29', '2011-12-31']);
    expect(progressOf({ type: 'LOGIN_STREAK', count: 9 }, days)).toBe(1);
    expect(progressOf({ type: 'LOGIN_STREAK', count: 9, graceDays: 1 }, days)).toBe(3);
  });
  it('has the length of the longest of all valid spans', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 31 })), fc.nat(6), (days, grace) => {
        const spans = days.flatMap((first) =>
          days
            .filter((last) => last >= first)
            .map((last) => ({ length: last - first + 1, logins: days.filter((day) => first <= day && day <= last).length })),
        );
        const best = Math.max(0, ...spans.filter(({ length, logins }) => length - logins <= grace).map(({ length }) => length));
        expect(streak(days, grace)).toBe(best);
      }),
    );
  });
});

it('progress does not depend on the order of the logins', () => {
  const condition = fc.constantFrom(
    { type: 'LOGIN_COUNT', count: 9 } as const,
    { type: 'LOGIN_DAYS', count: 9 } as const,
    { type: 'LOGIN_STREAK', count: 9, graceDays: 2 } as const,
  );
  const days = fc
    .uniqueArray(fc.integer({ min: 1, max: 31 }))
    .chain((set) => fc.tuple(fc.constant(set), fc.shuffledSubarray(set, { minLength: set.length })));
  fc.assert(
    fc.property(condition, days, (kind, [some, shuffled]) =>
      expect(progressOf(kind, on(...shuffled))).toBe(progressOf(kind, on(...some))),
    ),
  );
});

describe('the day of a login', () => {
  it.each([
    ['2026-03-01T14:59:59.999Z', 'Asia/Seoul', '2026-03-01'],
    ['2026-03-01T15:00:00.000Z', 'Asia/Seoul', '2026-03-02'],
    // New York changes to daylight saving time on 8 March 2026 and back on 1 November: a day of 23 hours and one of 25.
    ['2026-03-08T04:59:59.999Z', 'America/New_York', '2026-03-07'],
    ['2026-03-08T05:00:00.000Z', 'America/New_York', '2026-03-08'],
    ['2026-03-09T03:59:59.999Z', 'America/New_York', '2026-03-08'],
    ['2026-03-09T04:00:00.000Z', 'America/New_York', '2026-03-09'],
    ['2026-11-01T03:59:59.999Z', 'America/New_York', '2026-10-31'],
    ['2026-11-01T04:00:00.000Z', 'America/New_York', '2026-11-01'],
    ['2026-11-02T04:59:59.999Z', 'America/New_York', '2026-11-01'],
    ['2026-11-02T05:00:00.000Z', 'America/New_York', '2026-11-02'],
    ['2026-03-01T09:59:59.999Z', 'Pacific/Kiritimati', '2026-03-01'],
    ['2026-03-01T10:00:00.000Z', 'Pacific/Kiritimati', '2026-03-02'],
    ['2026-03-01T10:59:59.999Z', 'Pacific/Niue', '2026-02-28'],
    ['2026-03-01T11:00:00.000Z', 'Pacific/Niue', '2026-03-01'],
    // Havana skips midnight: 8 March 2026 begins at one o'clock.
    ['2026-03-08T04:59:59.999Z', 'America/Havana', '2026-03-07'],
    ['2026-03-08T05:00:00.000Z', 'America/Havana', '2026-03-08'],
  ])('at %s in %s is %s', (at, zone, day) => expect(dayOf(at, zone)).toBe(day));

  it.each([
    ['2026-03-01T19:59:59.999Z', 'Asia/Seoul', '05:00', '2026-03-01'],
    ['2026-03-01T20:00:00.000Z', 'Asia/Seoul', '05:00', '2026-03-02'],
    ['2026-01-01T04:59:00.000Z', 'UTC', '05:00', '2025-12-31'],
    ['2028-03-01T00:00:00.000Z', 'UTC', '23:59', '2028-02-29'],
    // New York, 8 March 2026: two o'clock becomes three, so a day from half past two begins at three.
    ['2026-03-08T06:59:59.999Z', 'America/New_York', '02:30', '2026-03-07'],
    ['2026-03-08T07:00:00.000Z', 'America/New_York', '02:30', '2026-03-08'],
    ['2026-03-08T08:59:59.999Z', 'America/New_York', '05:00', '2026-03-07'],
    ['2026-03-08T09:00:00.000Z', 'America/New_York', '05:00', '2026-03-08'],
    // 1 November 2026: two o'clock becomes one. A day from half past one begins once, and the repeated hour belongs to it.
    ['2026-11-01T05:29:59.999Z', 'America/New_York', '01:30', '2026-10-31'],
    ['2026-11-01T05:30:00.000Z', 'America/New_York', '01:30', '2026-11-01'],
    ['2026-11-01T06:00:00.000Z', 'America/New_York', '01:30', '2026-11-01'],
    ['2026-11-01T06:29:59.999Z', 'America/New_York', '01:30', '2026-11-01'],
    ['2026-11-01T09:59:59.999Z', 'America/New_York', '05:00', '2026-10-31'],
    ['2026-11-01T10:00:00.000Z', 'America/New_York', '05:00', '2026-11-01'],
    // Samoa had no 30 December 2011.
    ['2011-12-30T09:59:59.999Z', 'Pacific/Apia', '05:00', '2011-12-29'],
    ['2011-12-30T14:59:59.999Z', 'Pacific/Apia', '05:00', '2011-12-30'],
    ['2011-12-30T15:00:00.000Z', 'Pacific/Apia', '05:00', '2011-12-31'],
  ])('at %s in %s with days from %s is %s', (at, zone, dayStartsAt, day) => expect(dayOf(at, zone, dayStartsAt)).toBe(day));

  const minuteOf = (hour: number, minute: number) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
  const timeOfDay = fc.tuple(fc.nat(23), fc.nat(59)).map(([hour, minute]) => minuteOf(hour, minute));
  const zones = fc.constantFrom(...Intl.supportedValuesOf('timeZone'));
  const between = (from: string, to: string) => fc.integer({ min: Date.parse(from), max: Date.parse(to) });
  // Times within a few hours of a clock change, where a naive calculation alternates between two days.
  const changes = fc.constantFrom(
    ['America/New_York', '2026-03-08T07:00:00Z'],
    ['America/New_York', '2026-11-01T06:00:00Z'],
    ['America/Havana', '2026-03-08T05:00:00Z'],
    ['America/Havana', '2026-11-01T05:00:00Z'],
    ['Australia/Lord_Howe', '2026-04-04T15:00:00Z'],
    ['Antarctica/Troll', '2026-10-25T01:00:00Z'],
    ['Europe/Berlin', '2026-10-25T01:00:00Z'],
    ['America/Nuuk', '2026-10-25T01:00:00Z'],
    ['Africa/Cairo', '2026-10-29T21:00:00Z'],
  );

  it('never goes back, in any zone and from any local time', () => {
    const anywhere = fc.tuple(zones, between('2020-01-01T00:00:00Z', '2030-01-01T00:00:00Z'));
    const nearChanges = fc
      .tuple(changes, fc.integer({ min: -6 * 60, max: 6 * 60 }))
      .map(([[zone = '', change = ''], minutes]) => [zone, Date.parse(change) + minutes * 60_000] as const);
    fc.assert(
      fc.property(
        fc.oneof(anywhere, nearChanges),
        fc.integer({ min: 0, max: 30 * 60 }),
        timeOfDay,
        ([zone, at], minutes, start) => {
          const dayAt = (time: number) => dayOf(new Date(time).toISOString(), zone, start);
          const [earlier, later] = [dayAt(at), dayAt(at + minutes * 60_000)];
          expect(earlier <= later).toBe(true);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('is the local date from the beginning of the day, and the previous date before it, unless clocks go back', () => {
    fc.assert(
      fc.property(zones, between('2020-01-01T00:00:00Z', '2030-01-01T00:00:00Z'), timeOfDay, (zone, at, start) => {
        const formatter = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
        const [date = '', time = ''] = formatter.format(at).split(' ');
        const localTimeBefore = (hours: number) => Date.parse(`${formatter.format(at - hours * 3_600_000).replace(' ', 'T')}Z`);
        const goesBack = localTimeBefore(0) - localTimeBefore(24) < 24 * 3_600_000;
        const day = dayOf(new Date(at).toISOString(), zone, start);
        if (time >= start) expect(day).toBe(date);
        else if (!goesBack) expect(day).toBe(new Date(Date.parse(date) - 86_400_000).toISOString().slice(0, 10));
      }),
      { numRuns: 2_000 },
    );
  });

  it('has a zone with an IANA name', () => {
    expect(['Asia/Seoul', 'UTC', 'Pacific/Niue'].map(isTimeZone)).toEqual([true, true, true]);
    expect(['', 'Mars/Olympus', 'Asia/Seoul;', '__proto__'].map(isTimeZone)).toEqual([false, false, false, false]);
  });

  it('does not have a bare offset as its zone, even if the runtime supports it', () => {
    jest.spyOn(IANAZone, 'isValidZone').mockReturnValue(true);
    expect(['Asia/Seoul', '+09:00', '-03', '09:00'].map(isTimeZone)).toEqual([true, false, false, false]);
    jest.restoreAllMocks();
  });

  it('is an error in a zone that the runtime does not support and for an invalid time', () => {
    expect(() => dayOf('2026-03-01T00:00:00.000Z', 'Mars/Olympus')).toThrow(UnknownTimeZone);
    expect(() => dayOf('yesterday', 'Asia/Seoul')).toThrow('not a time: yesterday');
    expect(['Asia/Seoul', 'Mars/Olympus'].map(isKnownZone)).toEqual([true, false]);
  });
});
