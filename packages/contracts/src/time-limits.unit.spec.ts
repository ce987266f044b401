import { TIME_LIMITS } from './time-limits';

describe('time limits', () => {
  it('nest: whatever an engine does, its adapter gives up before the service, and the service before the gateway', () => {
    const { engineMs, serviceMs, gatewayMs } = TIME_LIMITS;
    const margin = 1_000;
    expect(engineMs + margin).toBeLessThanOrEqual(serviceMs);
    expect(serviceMs + margin).toBeLessThanOrEqual(gatewayMs);
  });
});
