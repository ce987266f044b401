import { createProgressPrinter } from './progress';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

it('reports the progress and the rate of a task every two seconds', () => {
  const lines: string[] = [];
  const report = createProgressPrinter((line) => lines.push(line), 5_000, 'events');
  for (let done = 1; done <= 4_000; done += 1) {
    report(done);
    jest.advanceTimersByTime(1);
  }
  expect(lines).toEqual(['2001 of 5000 events, 1000 per second']);
  jest.advanceTimersByTime(2_000);
  report(4_001);
  expect(lines.at(-1)).toBe('4001 of 5000 events, 667 per second');
});

it('omits an unknown total', () => {
  const lines: string[] = [];
  const report = createProgressPrinter((line) => lines.push(line), null, 'documents');
  report(1);
  jest.advanceTimersByTime(2_000);
  report(11);
  expect(lines).toEqual(['11 documents, 5 per second']);
});
