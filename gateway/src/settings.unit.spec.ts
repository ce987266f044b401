import { BLOCKED_PORTS } from './blocked-ports';
import { readGatewaySettings } from './settings';

it.each([...BLOCKED_PORTS])('fetch refuses to connect to the blocked port %d', async (port) => {
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({ cause: { message: 'bad port' } });
});

describe('settings of the gateway', () => {
  it('limits rates and allows no other origin by default', () => {
    expect(readGatewaySettings({})).toMatchObject({
      corsOrigins: [],
      rates: { account: 100, address: 200, site: 800, credentials: 20, siteCredentials: 80 },
      connections: { perAddress: 2_000, total: 8_000 },
    });
  });

  it('has no rates when RATE_LIMIT is off', () => {
    expect(readGatewaySettings({ RATE_LIMIT: 'off', RATE_LIMIT_ACCOUNT_PER_SECOND: '5' }).rates).toBeNull();
  });

  it('reads rates and origins', () => {
    const settings = readGatewaySettings({
      RATE_LIMIT_ACCOUNT_PER_SECOND: '5',
      RATE_LIMIT_ADDRESS_PER_SECOND: ' 2.5 ',
      CONNECTIONS_PER_ADDRESS: '300',
      CORS_ORIGINS: 'https://play.example.com, http://localhost:8080',
    });
    expect(settings.rates).toEqual({ account: 5, address: 2.5, site: 800, credentials: 20, siteCredentials: 80 });
    expect(settings.connections).toEqual({ perAddress: 300, total: 8_000 });
    expect(settings.corsOrigins).toEqual(['https://play.example.com', 'http://localhost:8080']);
  });

  it.each([
    ['RATE_LIMIT_ACCOUNT_PER_SECOND', '0'],
    ['RATE_LIMIT_ADDRESS_PER_SECOND', '-1'],
    ['RATE_LIMIT_CREDENTIALS_PER_SECOND', 'many'],
    ['RATE_LIMIT_SITE_PER_SECOND', '0'],
    ['CONNECTIONS_PER_ADDRESS', '0'],
    ['CONNECTIONS_TOTAL', 'many'],
    ['CORS_ORIGINS', '*'],
    ['CORS_ORIGINS', 'https://play.example.com/'],
    ['GATEWAY_PORT', '6000'],
    ['GATEWAY_METRICS_PORT', '3001'],
    ['GATEWAY_METRICS_PORT', 'none'],
  ])('rejects %s=%s with a message that names the setting and the accepted values', (name, value) => {
    expect(() => readGatewaySettings({ [name]: value })).toThrow(`${name} must be `);
  });
});
