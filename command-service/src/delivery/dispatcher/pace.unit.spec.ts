import fc from 'fast-check';
import { Pace } from './pace';

interface Message {
  readonly startedAt: number;
  readonly endedAt: number;
}

interface Receiver {
  /** How long the message with this number takes, in milliseconds. */
  readonly tookMs?: (index: number) => number;
  /** How exact the timers are. */
  readonly tickMs?: number;
}

/** Starts as many messages as the pace allows. */
const send = (pace: Pace, from: number, to: number, { tookMs = () => 0, tickMs = 1 }: Receiver = {}): readonly Message[] => {
  const messages: Message[] = [];
  const inFlight: number[] = [];
  for (let now = from; now < to;) {
    inFlight.sort((a, b) => a - b);
    for (let endsAt = inFlight[0]; endsAt !== undefined && endsAt <= now; endsAt = inFlight[0]) {
      pace.end(endsAt);
      inFlight.shift();
    }
    const wait = pace.waitMs(now);
    if (wait === 0) {
      pace.start(now);
      const endedAt = now + tookMs(messages.length);
      messages.push({ startedAt: now, endedAt });
      inFlight.push(endedAt);
    } else {
      const next = Math.min(inFlight[0] ?? Infinity, wait === null ? Infinity : now + wait);
      now = Math.max(now, Math.ceil(next / tickMs) * tickMs);
    }
  }
  inFlight.sort((a, b) => a - b).forEach((endsAt) => pace.end(endsAt));
  return messages;
};

const starts = (messages: readonly Message[]): readonly number[] => messages.map(({ startedAt }) => startedAt);

/** Returns the most arrivals in any window of one second. */
const most = (arrivals: readonly number[]): number => {
  const times = [...arrivals].sort((a, b) => a - b);
  let oldest = 0;
  return times.reduce((highest, time, index) => {
    while ((times[oldest] ?? 0) <= time - 1_000) oldest += 1;
    return Math.max(highest, index - oldest + 1);
  }, 0);
};

describe('the pace of an endpoint', () => {
  it('lets no more than the limit reach the receiver in any second, whatever each message needs on its way', () => {
    const way = fc.record({
      tookMs: fc.integer({ min: 0, max: 3_000 }),
      arrivesAfter: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.array(way, { minLength: 1, maxLength: 50 }),
        fc.integer({ min: 1, max: 60 }),
        (perSecond, ways, tickMs) => {
          const wayOf = (index: number) => ways[index % ways.length]!;
          const messages = send(new Pace(perSecond), 0, 5_000, { tookMs: (index) => wayOf(index).tookMs, tickMs });
          const arrivals = messages.map(
            ({ startedAt, endedAt }, index) => startedAt + wayOf(index).arrivesAfter * (endedAt - startedAt),
          );
          expect(most(arrivals)).toBeLessThanOrEqual(perSecond);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('sends nearly as much as the limit to a fast receiver', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_000 }), fc.constantFrom(1, 4, 17), (perSecond, tickMs) => {
        const messages = send(new Pace(perSecond), 0, 5_000, { tookMs: () => 10, tickMs });
        expect(messages.length).toBeGreaterThanOrEqual(Math.floor(4.7 * perSecond));
      }),
      { numRuns: 40 },
    );
  });

  it('waits for the end of a message while all that it allows are in flight', () => {
    const pace = new Pace(2);
    pace.start(0);
    pace.start(500);
    expect(pace.waitMs(60_000)).toBeNull();
    pace.end(60_000);
    expect(pace.waitMs(60_000)).toBe(1_000);
    expect(pace.waitMs(61_000)).toBe(0);
  });

  it('starts no message before the time from which it may', () => {
    const pace = new Pace(100, 1_000);
    expect(pace.waitMs(250)).toBe(750);
    expect(starts(send(pace, 0, 2_000))[0]).toBe(1_000);
  });

  it('spreads messages evenly within a second', () => {
    const times = starts(send(new Pace(100), 0, 1_000));
    const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(Math.max(...pauses.slice(5))).toBeLessThanOrEqual(12);
    for (let from = 0; from < 1_000; from += 100)
      expect(times.filter((time) => time >= from && time < from + 100).length).toBeLessThanOrEqual(13);
  });

  it('does not catch up on a pause', () => {
    const pace = new Pace(100);
    send(pace, 0, 1_000);
    expect(send(pace, 60_000, 60_100).length).toBeLessThanOrEqual(13);
  });

  it('applies a changed limit to the next message, with the messages already sent', () => {
    const pace = new Pace(500);
    const before = starts(send(pace, 0, 1_000));
    pace.set(10);
    const after = starts(send(pace, 1_000, 3_000));
    expect(after[0]).toBeGreaterThanOrEqual((before.at(-10) ?? 0) + 1_000);
    expect(most(after)).toBeLessThanOrEqual(10);
    pace.set(1_000);
    const last = starts(send(pace, 3_000, 5_000));
    expect(last.length).toBeGreaterThan(1_850);
    expect(most([...after, ...last])).toBeLessThanOrEqual(1_000);
  });
});
