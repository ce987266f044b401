import { ProgressReporter } from './progress';

it('reports each new step immediately, then the amount done and its rate at intervals', () => {
  let now = 0;
  const lines: string[] = [];
  const progress = new ProgressReporter(
    (line) => void lines.push(line),
    3_000,
    () => now,
  );
  for (; now <= 7_000; now += 500) progress.report('Reading the log', now * 2, 'events');
  progress.report('Comparing', 1, 'documents');
  expect(lines).toEqual([
    'Reading the log …',
    'Reading the log: 6,000 events, 2,000 per second',
    'Reading the log: 12,000 events, 2,000 per second',
    'Comparing …',
  ]);
});
