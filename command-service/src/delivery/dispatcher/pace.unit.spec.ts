import fc from 'fast-check';
import { Pace } from './pace';

/** Sends as many messages as the pace allows. @param tickMs how exact the timers are @returns the times of the messages */
const send = (pace: Pace, from: number, to: number, tickMs: number): number[] => {
  const times: number[] = [];
  for (let now = from; now < to;) {
    const wait = pace.waitMs(now);
    if (wait > 0) {
      now = Math.ceil((now + wait) / tickMs) * tickMs;
      continue;
    }
    pace.take(now);
    times.push(now);
  }
  return times;
};
/** Returns the most messages in any window of one second. */
const most = (times: readonly number[]): number => {
  let oldest = 0;
  return times.reduce((highest, time, index) => {
    while ((times[oldest] ?? 0) < time - 1_000) oldest += 1;
    return Math.max(highest, index - oldest + 1);
  }, 0);
};

describe('the pace of an endpoint', () => {
  it('never sends more than the limit in any second, and nearly as much as the limit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_000 }), fc.constantFrom(1, 4, 17, 60), (perSecond, tickMs) => {
        const times = send(new Pace(perSecond), 0, 5_000, tickMs);
        expect(most(times)).toBeLessThanOrEqual(perSecond);
        if (tickMs <= 17) expect(times.length).toBeGreaterThanOrEqual(Math.floor(4.7 * perSecond));
      }),
      { numRuns: 40 },
    );
  });

  it('spreads messages evenly within a second', () => {
    const times = send(new Pace(100), 0, 1_000, 1);
    const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(Math.max(...pauses.slice(5))).toBeLessThanOrEqual(12);
    for (let from = 0; from < 1_000; from += 100)
      expect(times.filter((time) => time >= from && time < from + 100).length).toBeLessThanOrEqual(13);
  });

  it('does not catch up on a pause', () => {
    const pace = new Pace(100);
    send(pace, 0, 1_000, 1);
    expect(send(pace, 60_000, 60_100, 1).length).toBeLessThanOrEqual(13);
  });

  it('applies a changed limit to the next message, with the messages already sent', () => {
    const pace = new Pace(500);
    const before = send(pace, 0, 1_000, 1);
    pace.set(10);
    const after = send(pace, 1_000, 3_000, 1);
    expect(after[0]).toBeGreaterThanOrEqual((before.at(-10) ?? 0) + 1_000);
    expect(most(after)).toBeLessThanOrEqual(10);
    pace.set(1_000);
    const last = send(pace, 3_000, 5_000, 1);
    expect(last.length).toBeGreaterThan(1_850);
    expect(most([...after, ...last])).toBeLessThanOrEqual(1_000);
  });
});
