import { until } from '@rewards/testing/until';
import { CoalescedTask } from './coalesced-task';

describe('Joint', () => {
  it('gives each caller the result of a run that begins after its call, one run at a time', async () => {
    const runs: ((value: number) => void)[] = [];
    const joint = new CoalescedTask(() => new Promise<number>((resolve) => runs.push(resolve)));
    const first = joint.run();
    const later = [joint.run(), joint.run(), joint.run()];
    expect(runs).toHaveLength(1);
    runs[0]?.(1);
    expect(await first).toBe(1);
    await until('the second run', () => runs.length === 2);
    const last = joint.run();
    expect(runs).toHaveLength(2);
    runs[1]?.(2);
    expect(await Promise.all(later)).toEqual([2, 2, 2]);
    await until('the third run', () => runs.length === 3);
    runs[2]?.(3);
    expect(await last).toBe(3);
    const after = joint.run();
    runs[3]?.(4);
    expect(await after).toBe(4);
  });

  it('starts the next run after a failed one', async () => {
    let runs = 0;
    const joint = new CoalescedTask(async () => {
      runs += 1;
      if (runs === 1) throw new Error('failed');
      return runs;
    });
    const [first, second] = [joint.run(), joint.run()];
    await expect(first).rejects.toThrow('failed');
    expect(await second).toBe(2);
  });
});
