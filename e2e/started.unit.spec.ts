import { Started } from './testing/started';

describe('what a spec has started', () => {
  it('is stopped in reverse order, however far the start got, and even when a stop fails', async () => {
    const stopped: string[] = [];
    const started = new Started();
    const part = (name: string, fails = false) => ({
      stop: async () => {
        stopped.push(name);
        if (fails) throw new Error(name);
      },
    });
    expect(started.add(part('double')).stop).toBeDefined();
    started.add(part('system', true));
    await expect(started.stop()).rejects.toThrow('system');
    expect(stopped).toEqual(['system', 'double']);
    await started.stop();
    await new Started().stop();
    expect(stopped).toHaveLength(2);
  });
});
