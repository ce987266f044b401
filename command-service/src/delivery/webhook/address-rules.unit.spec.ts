import { checkReceiverUrl, type Lookup } from './address-rules';

const PUBLIC = ['203.0.114.10'];
const resolveTo =
  (...addresses: string[]): Lookup =>
  async () =>
    addresses;
const check = (url: string, allowPrivate = false, lookup: Lookup = async () => PUBLIC) =>
  checkReceiverUrl(url, { allowPrivate, lookup });
const kindOf = async (url: string, allowPrivate = false): Promise<string> => {
  const result = await check(url, allowPrivate);
  return result.ok ? 'ok' : result.kind;
};

describe('the form of a URL', () => {
  it.each([
    ['https://game.example.com/rewards?server=1', 'ok'],
    ['https://game.example.com:8443', 'ok'],
    ['https://게임.example.com/보상', 'ok'],
    ['HTTPS://GAME.EXAMPLE.COM', 'ok'],
    ['game.example.com', 'invalid'],
    ['https://', 'invalid'],
    ['', 'invalid'],
    ['ftp://game.example.com', 'invalid'],
    ['http://game.example.com', 'invalid'],
    ['https://user@game.example.com', 'invalid'],
    ['https://user:password@game.example.com', 'invalid'],
    ['https://@game.example.com', 'invalid'],
    ['https:user@game.example.com', 'invalid'],
    ['https://game.example.com/#part', 'invalid'],
    ['https://game.example.com/#', 'invalid'],
    [' https://game.example.com', 'invalid'],
    ['https://game.exa\tmple.com', 'invalid'],
    ['https:\\\\game.example.com', 'invalid'],
    [`https://game.example.com/${'a'.repeat(2_048)}`, 'invalid'],
    ['https://127.0.0.1.example.com/a@b', 'ok'],
    ['https://game.example.com/가%25?name=%EA%B0%80&broken=%EA%B0', 'ok'],
  ])('%s: %s', async (url, expected) => expect(await kindOf(url)).toBe(expected));

  it.each([
    ['an override', '\u202e', '%E2%80%AE'],
    ['an isolate', '\u2066', '%e2%81%a6'],
    ['a line feed', '\n', '%0A'],
  ])('refuses %s in a path or query, raw or encoded', async (_name, raw, encoded) => {
    for (const character of [raw, encoded])
      for (const url of [`https://game.example.com/a${character}b`, `https://game.example.com/?a=%C3${character}`])
        expect(await kindOf(url)).toBe('invalid');
  });

  it.each([
    ['http://127.0.0.1:4000/', 'refused', 'ok'],
    ['http://localhost:4000/', 'refused', 'ok'],
    ['http://[::1]:4000/', 'refused', 'ok'],
    ['http://10.0.0.1/', 'refused', 'invalid'],
    ['http://169.254.169.254/', 'refused', 'refused'],
    ['http://game.example.com/', 'invalid', 'invalid'],
  ])('http: %s is %s, and %s if private addresses are allowed', async (url, off, on) =>
    expect([await kindOf(url), await kindOf(url, true)]).toEqual([off, on]),
  );
});

const PRIVATE = [
  ...['127.0.0.1', '127.0.0.1.', '127.1', '127.0.1', '2130706433', '0x7f000001', '0x7f.1', '0177.0.0.1', '017700000001'],
  ...['１２７.0.0.1', '①②⑦.0.0.1', '127。0。0。1', '%31%32%37.0.0.1', '127.0.0.1..', '127.255.255.254'],
  ...['[::1]', '[0:0:0:0:0:0:0:1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[64:ff9b::127.0.0.1]', '[64:ff9b::7f00:1]'],
  ...['10.0.0.1', '167772161', '0xa.0.0.1', '012.0.0.1', '10.1', '172.16.0.1', '172.31.255.255', '192.168.0.1', '192.168.257'],
  ...[
    '[::ffff:10.0.0.1]',
    '[::ffff:c0a8:1]',
    '[64:ff9b::10.0.0.1]',
    '[fc00::1]',
    '[fd12:3456::1]',
    '100.64.0.1',
    '100.127.255.255',
  ],
  ...['localhost', 'LOCALHOST', 'localhost.', 'localhost..', 'ｌｏｃａｌｈｏｓｔ', 'game.localhost', 'game.localhost.'],
];
const NEVER = [
  ...[
    '169.254.169.254',
    '169.254.169.254.',
    '2852039166',
    '0xa9fea9fe',
    '0xa9.0xfe.0xa9.0xfe',
    '0251.0376.0251.0376',
    '169.254.43518',
  ],
  ...[
    '１６９.２５４.１６９.２５４',
    '169.254.0.1',
    '169.254.170.2',
    '[::ffff:169.254.169.254]',
    '[::ffff:a9fe:a9fe]',
    '[fe80::1]',
  ],
  ...['[64:ff9b::169.254.169.254]', '[64:ff9b::a9fe:a9fe]', '[2002:a9fe:a9fe::1]', '[2002:7f00:1::]', '[2002:a00:1::1]'],
  ...['[2001:0:4136:e378:8000:63bf:3fff:fdd2]', '[::7f00:1]', '[::127.0.0.1]', '[64:ff9b:1::a00:1]', '[::ffff:0:127.0.0.1]'],
  ...['[fd00:ec2::254]', '[fd00:0ec2:0:0::254]', '[fd20:ce::254]', '100.100.100.200', '[::ffff:100.100.100.200]', '192.0.0.192'],
  ...['168.63.129.16', '0.0.0.0', '0', '0.1.2.3', '[::]', '255.255.255.255', '224.0.0.1', '240.0.0.1', '[ff02::1]', '[fec0::1]'],
  ...[
    '192.0.2.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '192.88.99.1',
    '[2001:db8::1]',
    '[3fff::1]',
    '[100::1]',
    '[4000::1]',
  ],
  ...['metadata', 'metadata.', 'METADATA', 'instance-data', 'metadata.google.internal', 'METADATA.GOOGLE.INTERNAL.'],
  ...['metadata.azure.internal', 'metadata.internal', 'instance-data.ec2.internal', 'instance-data.eu-west-1.compute.internal'],
];

describe('a refused host', () => {
  it.each(PRIVATE)('%s is allowed only if private addresses are', async (host) =>
    expect([await kindOf(`https://${host}/`), await kindOf(`https://${host}:8443/a`, true)]).toEqual(['refused', 'ok']),
  );

  it.each(NEVER)('%s is never allowed', async (host) =>
    expect([await kindOf(`https://${host}/`), await kindOf(`https://${host}:8443/a`, true)]).toEqual(['refused', 'refused']),
  );

  it.each(['[fe80::1%eth0]', '[fe80::1%25eth0]', '256.256.256.256', '1.2.3.4.5', 'foo.0x7f000001'])(
    '%s is not a host',
    async (host) => expect(await kindOf(`https://${host}/`, true)).toBe('invalid'),
  );

  it.each([
    '8.8.8.8',
    '[2606:4700::1111]',
    '[64:ff9b::8.8.8.8]',
    '11.0.0.1',
    '172.32.0.1',
    '100.128.0.1',
    'metadata.example.com',
  ])('%s is public, so it is allowed', async (host) => expect(await kindOf(`https://${host}/`)).toBe('ok'));

  it('is named without its spelling', async () =>
    expect(await check('https://0x7f.1/')).toEqual({ ok: false, kind: 'refused', host: '127.0.0.1' }));
});

describe('a name', () => {
  it('is refused if one of its addresses is', async () => {
    for (const address of [
      '127.0.0.1',
      '10.0.0.1',
      '::1',
      '::ffff:10.0.0.1',
      'fe80::1%eth0',
      '169.254.169.254',
      '64:ff9b::a00:1',
    ]) {
      const url = 'https://game.example.com/';
      expect(await check(url, false, resolveTo('203.0.114.10', address))).toEqual({
        ok: false,
        kind: 'refused',
        host: 'game.example.com',
      });
    }
    expect(await check('https://game.example.com/', true, resolveTo('10.0.0.1', '::1'))).toEqual({ ok: true });
    expect((await check('https://game.example.com/', true, resolveTo('10.0.0.1', 'fe80::1'))).ok).toBe(false);
  });

  it('is accepted if it does not resolve yet', async () => {
    const failing: Lookup = () => Promise.reject(new Error('ENOTFOUND'));
    expect(await check('https://game.example.com/', false, failing)).toEqual({ ok: true });
    expect(await check('https://game.example.com/', false, resolveTo())).toEqual({ ok: true });
  });
});
