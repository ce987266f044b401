import { once } from 'node:events';
import { constants, getPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import { RUN_TYPESCRIPT } from '@rewards/testing/processes';

describe('yieldToOthers', () => {
  const onLinux = process.platform === 'linux';

  it('lowers the priority of the calling thread on Linux, and of no other', async () => {
    const before = getPriority();
    const thread = new Worker(RUN_TYPESCRIPT, { argv: [require.resolve('../testing/yielding.worker')] });
    const [priority] = (await once(thread, 'message')) as [number];
    expect(priority).toBe(onLinux ? constants.priority.PRIORITY_BELOW_NORMAL : before);
    expect(getPriority()).toBe(before);
    await once(thread, 'exit');
  });
});
