import { isAbsolute } from 'node:path';
import type { Networks } from './addresses';
import { readSettings, InvalidSettings } from './settings';

describe('settings', () => {
  it('have a default for every value', () => {
    const settings = readSettings({});
    expect(settings).toMatchObject({
      eventStoreUrl: null,
      mongodbUrl: null,
      kafkaBrokers: null,
      mongodbDatabase: 'rewards',
      kafkaPrefix: '',
      kafkaPartitions: 8,
      stateCacheMiB: 96,
      host: '127.0.0.1',
      ports: { gateway: 3002, auth: 3000, command: 3001, delivery: 3006, query: 3003, projections: 3004 },
      urls: { auth: 'http://127.0.0.1:3000', command: 'http://127.0.0.1:3001', delivery: 'http://127.0.0.1:3006' },
      adminEmail: 'admin@example.com',
      adminPassword: null,
      deliveryAllowPrivate: false,
      rateLimit: true,
      refreshGraceSeconds: 10,
      logLevel: 'info',
      otlpEndpoint: null,
    });
    expect(isAbsolute(settings.dataDir)).toBe(true);
  });

  it('derive the URLs of services from their ports, unless a URL is set', () => {
    expect(readSettings({ AUTH_PORT: '4000', HOST: '0.0.0.0', QUERY_URL: 'http://query:1/' }).urls).toMatchObject({
      auth: 'http://127.0.0.1:4000',
      query: 'http://query:1',
    });
  });

  it('accept one or several instances of a service', () => {
    const { instances, urls } = readSettings({ QUERY_URL: 'http://one:1, https://two:2/' });
    expect(instances).toMatchObject({ query: ['http://one:1', 'https://two:2'], auth: ['http://127.0.0.1:3000'] });
    expect(urls.query).toBe('http://one:1');
  });

  it('accept one or several brokers', () => {
    expect(readSettings({ KAFKA_BROKERS: 'one:9092' }).kafkaBrokers).toEqual(['one:9092']);
    expect(readSettings({ KAFKA_BROKERS: 'one.example.com:9092, [::1]:9093' }).kafkaBrokers).toEqual([
      'one.example.com:9092',
      '[::1]:9093',
    ]);
  });

  it.each(['0', '60'])('accept a grace of %s seconds', (seconds) =>
    expect(readSettings({ REFRESH_GRACE_SECONDS: seconds }).refreshGraceSeconds).toBe(Number(seconds)),
  );

  it('trust no proxy, every proxy, or those of some networks', () => {
    const trusted = (value?: string) => readSettings({ TRUST_PROXY: value }).trustProxy;
    expect([trusted(), trusted('false'), trusted('0'), trusted('true'), trusted('1')]).toEqual([false, false, false, true, true]);
    const networks = trusted('10.0.0.0/8, 2001:db8::/32') as Networks;
    expect(['10.1.2.3', '2001:db8::1', '192.0.2.1'].map((address) => networks.contain(address))).toEqual([true, true, false]);
  });

  it('treat an empty value as unset', () =>
    expect(readSettings({ EVENTSTORE_URL: ' ', ADMIN_PASSWORD: '' }).eventStoreUrl).toBeNull());

  it.each([
    ['AUTH_PORT', 'seventy'],
    ['AUTH_PORT', '70000'],
    ['ADMIN_EMAIL', 'nobody'],
    ['ADMIN_PASSWORD', 'short'],
    ['AUTH_URL', 'http://127.0.0.1:3000/base'],
    ['KAFKA_BROKERS', 'host:70000'],
    ['EVENTSTORE_URL', 'esdb://user:secret@['],
    ['QUERY_URL', 'not an address'],
    ['QUERY_URL', 'http://one:1,,http://two:2'],
    ['DELIVERY_PORT', '70000'],
    ['DELIVERY_URL', 'delivery:3006'],
    ['DELIVERY_ALLOW_PRIVATE', 'true'],
    ['RATE_LIMIT', 'maybe'],
    ['LOG_LEVEL', 'loud'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4317'],
    ['TRUST_PROXY', 'sometimes'],
    ['TRUST_PROXY', '10.0.0.0/40'],
    ['EVENTSTORE_URL', 'http://user:secret@host:2113'],
    ['MONGODB_URL', 'user:secret@host'],
    ['KAFKA_BROKERS', 'kafka.example.com'],
    ['KAFKA_BROKERS', 'host:9092,'],
    ['MONGODB_DATABASE', 'a.b'],
    ['KAFKA_PREFIX', 'a/b'],
    ['KAFKA_PARTITIONS', '0'],
    ['REFRESH_GRACE_SECONDS', '61'],
    ['REFRESH_GRACE_SECONDS', '-1'],
    ['REFRESH_GRACE_SECONDS', '1.5'],
  ])('report %s if it is invalid, with the values that it accepts', (name, value) => {
    const read = () => readSettings({ [name]: value });
    expect(read).toThrow(InvalidSettings);
    expect(read).toThrow(`${name} must be `);
  });

  it('report every invalid setting with its value', () => {
    expect(() => readSettings({ AUTH_PORT: '70000', RATE_LIMIT: 'maybe', LOG_LEVEL: 'loud' })).toThrow(
      [
        'AUTH_PORT must be a port number from 0 to 65535, not "70000".',
        'RATE_LIMIT must be one of on, off, not "maybe".',
        'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent, not "loud".',
      ].join('\n'),
    );
  });

  it.each([
    ['ADMIN_PASSWORD', 'short'],
    ['EVENTSTORE_URL', 'secret'],
    ['MONGODB_URL', 'user:secret@host'],
    ['KAFKA_BROKERS', 'user:secret@host:9092'],
    ['AUTH_URL', 'http://user:secret@host'],
  ])('do not quote a possible secret in %s', (name, value) => {
    const read = () => readSettings({ [name]: value });
    expect(read).toThrow(name);
    expect(read).not.toThrow(value);
  });

  it('ignore case', () =>
    expect(readSettings({ RATE_LIMIT: 'OFF', LOG_LEVEL: 'Warn', TRUST_PROXY: 'TRUE' })).toMatchObject({
      rateLimit: false,
      logLevel: 'warn',
      trustProxy: true,
    }));
});
