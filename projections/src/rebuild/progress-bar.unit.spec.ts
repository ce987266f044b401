import { formatPosition, START } from '@rewards/contracts';
import { progressBar, shareOf } from './progress-bar';

describe('progress of a rebuild', () => {
  it('is the share of the log that has been read', () => {
    expect(shareOf(START, formatPosition(400))).toBe(0);
    expect(shareOf(formatPosition(100), formatPosition(400))).toBe(0.25);
    expect(shareOf(formatPosition(400), formatPosition(400))).toBe(1);
    expect(shareOf(formatPosition(401), formatPosition(400))).toBe(1);
    expect(shareOf(START, START)).toBe(1);
  });

  it('is drawn as 100% only at the end', () => {
    expect(progressBar(0, 8)).toBe('[--------]   0%');
    expect(progressBar(0.5, 8)).toBe('[####----]  50%');
    expect(progressBar(0.999, 8)).toBe('[#######-]  99%');
    expect(progressBar(1, 8)).toBe('[########] 100%');
  });
});
