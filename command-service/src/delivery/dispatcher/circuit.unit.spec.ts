import { Circuit } from './circuit';

let deliveries = 0;
/** An attempt of another delivery fails. */
const fail = (circuit: Circuit, now = 0): boolean => circuit.fail(now, circuit.begin(), 'timeout', `${(deliveries += 1)}`);

describe('the circuit of an endpoint', () => {
  let circuit: Circuit;
  beforeEach(() => {
    circuit = new Circuit();
  });
  const open = (now = 0): void => {
    for (let failure = 0; failure < 5; failure += 1) fail(circuit, now);
  };

  it('opens after five consecutive failures, which count as attempts', () => {
    expect([1, 2, 3, 4].map(() => fail(circuit))).toEqual([true, true, true, true]);
    expect(circuit.openedBy).toBeNull();
    expect(fail(circuit)).toBe(true);
    expect(circuit.openedBy).toBe('timeout');
  });

  it('stays closed if one delivery fails again and again, so that it is parked at last', () => {
    for (let attempt = 0; attempt < 10; attempt += 1) expect(circuit.fail(0, circuit.begin(), 'status 500', 'same')).toBe(true);
    expect(circuit.openedBy).toBeNull();
  });

  it('stays closed if a success is among the failures', () => {
    for (let round = 0; round < 3; round += 1) {
      for (let failure = 0; failure < 4; failure += 1) fail(circuit);
      circuit.succeed();
    }
    expect(circuit.waitMs(0)).toBe(0);
  });

  it('counts no failure of an attempt that was in flight when it opened', () => {
    const isProbe = circuit.begin();
    open();
    expect(circuit.fail(0, isProbe, 'timeout', 'in flight')).toBe(false);
    expect(circuit.waitMs(0)).toBe(1_000);
  });

  it('allows one probe at a time, with pauses from one second to 30 seconds', () => {
    open();
    let now = 0;
    const pauses = [];
    for (let probe = 0; probe < 8; probe += 1) {
      const pause = circuit.waitMs(now) ?? 0;
      pauses.push(pause / 1_000);
      now += pause;
      expect(circuit.waitMs(now)).toBe(0);
      expect(circuit.begin()).toBe(true);
      expect(circuit.waitMs(now)).toBeNull();
      expect(circuit.fail(now, true, 'refused', 'probe')).toBe(false);
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
    expect(circuit.openedBy).toBe('refused');
  });

  it('closes after a successful probe', () => {
    open();
    circuit.begin();
    circuit.succeed();
    expect([circuit.openedBy, circuit.waitMs(0)]).toEqual([null, 0]);
  });

  it('allows another probe after one without an answer', () => {
    open();
    circuit.cancel(circuit.begin());
    expect(circuit.waitMs(1_000)).toBe(0);
  });
});
