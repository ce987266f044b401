import { Gate, GateFull, Turns } from './gate';

const held = () => {
  let release = () => {};
  const promise = new Promise<void>((resolve) => (release = resolve));
  return { promise, release };
};
const settled = () => new Promise(setImmediate);

describe('Gate', () => {
  it('runs as many at once as it may, the rest in the order they came', async () => {
    const gate = new Gate(2, 10);
    const started: number[] = [];
    const holds = [0, 1, 2, 3].map(() => held());
    const done = holds.map(({ promise }, index) => gate.run(async () => (started.push(index), promise)));
    await settled();
    expect(started).toEqual([0, 1]);
    expect(gate.waiting).toBe(2);
    holds[1]?.release();
    await settled();
    expect(started).toEqual([0, 1, 2]);
    holds.forEach(({ release }) => release());
    await Promise.all(done);
    expect(started).toEqual([0, 1, 2, 3]);
    expect(gate.isIdle).toBe(true);
  });

  it('refuses whom it has no room for, and has room again when somebody left', async () => {
    const gate = new Gate(1, 1);
    const hold = held();
    const first = gate.run(() => hold.promise);
    const second = gate.run(async () => 'second');
    await expect(gate.run(async () => 'third')).rejects.toBeInstanceOf(GateFull);
    hold.release();
    await first;
    await expect(second).resolves.toBe('second');
    await expect(gate.run(async () => 'fourth')).resolves.toBe('fourth');
  });

  it('goes on after a task that failed', async () => {
    const gate = new Gate(1, 1);
    await expect(gate.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(gate.run(async () => 'yes')).resolves.toBe('yes');
  });
});

describe('Turns', () => {
  it('lets one key wait without holding up another, and forgets idle keys', async () => {
    const turns = new Turns(10);
    const hold = held();
    const order: string[] = [];
    const first = turns.run('a', async () => (await hold.promise, void order.push('a1')));
    const second = turns.run('a', async () => void order.push('a2'));
    await turns.run('b', async () => void order.push('b1'));
    hold.release();
    await Promise.all([first, second]);
    expect(order).toEqual(['b1', 'a1', 'a2']);
    expect((turns as unknown as { gates: Map<string, unknown> }).gates.size).toBe(0);
  });
});
