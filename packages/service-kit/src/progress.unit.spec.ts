import { progressOf } from './progress';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

it('says how far a task is and how fast, every two seconds', () => {
  const said: string[] = [];
  const report = progressOf((line) => said.push(line), 5_000, 'events');
  for (let done = 1; done <= 4_000; done += 1) {
    report(done);
    jest.advanceTimersByTime(1);
  }
  expect(said).toEqual(['2001 of 5000 events, 1000 a second']);
  jest.advanceTimersByTime(2_000);
  report(4_001);
  expect(said.at(-1)).toBe('4001 of 5000 events, 667 a second');
});

it('names no total where it is unknown', () => {
  const said: string[] = [];
  const report = progressOf((line) => said.push(line), null, 'documents');
  report(1);
  jest.advanceTimersByTime(2_000);
  report(11);
  expect(said).toEqual(['11 documents, 5 a second']);
});
