import { TIME_LIMITS } from './time-limits';

describe('time limits', () => {
  it('let an adapter time out before its service, and a service before the gateway', () => {
    const { engineMs, serviceMs, gatewayMs } = TIME_LIMITS;
    const margin = 1_000;
    expect(engineMs + margin).toBeLessThanOrEqual(serviceMs);
    expect(serviceMs + margin).toBeLessThanOrEqual(gatewayMs);
  });
});
