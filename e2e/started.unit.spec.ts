import { Started } from './testing/started';

describe('Started', () => {
  it('stops all parts in reverse order, even if a stop fails, and each only once', async () => {
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
