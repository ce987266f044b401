import { parseNetworks, parseSender } from './addresses';

describe('parseSender', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1', null],
    ['::ffff:192.0.2.1', '192.0.2.1', null],
    ['::FFFF:c000:0201', '192.0.2.1', null],
    ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1', null],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64', '2001:db8:1::/48'],
    ['2001:DB8:0001:2::6', '2001:db8:1:2::/64', '2001:db8:1::/48'],
    ['2001:db8::6', '2001:db8:0:0::/64', '2001:db8:0::/48'],
    ['2001:db8:0:0:0:0:0:6', '2001:db8:0:0::/64', '2001:db8:0::/48'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64', 'fe80:0:0::/48'],
    ['::1', '0:0:0:0::/64', '0:0:0::/48'],
  ])('parses %s with the subnet %s and the site %s', (text, subnet, site) => {
    expect(parseSender(text)).toMatchObject({ subnet, site });
  });

  it('returns the same canonical address for all spellings', () => {
    const spellings = ['2001:db8::1', '2001:DB8:0:0::1', '2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8::1%lo'];
    expect(new Set(spellings.map((text) => parseSender(text)?.address))).toEqual(new Set(['2001:db8::1']));
  });

  it.each(['', 'unknown', '192.0.2', '0x7f.1', '0300.0.2.1', '1.2.3.4.5', '2001:db8', '192.0.2.1:80', '[::1]', '::1/64'])(
    'returns null for %j',
    (text) => {
      expect(parseSender(text)).toBeNull();
    },
  );
});

describe('networks', () => {
  const contain = (networks: string[], address: string) => parseNetworks(networks)?.contain(address);

  it('contain exactly the addresses within their prefixes', () => {
    const networks = ['10.0.0.0/8', '192.0.2.1', '2001:db8::/32', '::ffff:198.51.100.0/120'];
    expect(['10.1.2.3', '::ffff:10.1.2.3', '192.0.2.1', '2001:db8:1::', '198.51.100.7'].map((a) => contain(networks, a))).toEqual(
      [true, true, true, true, true],
    );
    expect(['11.1.2.3', '192.0.2.2', '2001:db9::', '198.51.101.7', 'unknown', ''].map((a) => contain(networks, a))).toEqual([
      false,
      false,
      false,
      false,
      false,
      false,
    ]);
    expect(contain([], '127.0.0.1')).toBe(false);
  });

  it.each(['10.0.0.0/33', '2001:db8::/129', '10.0.0/8', 'x/8', '10.0.0.0/', '10.0.0.0/8/8', '10.0.0.0/-1', ''])(
    'are rejected if one of them is %j',
    (network) => {
      expect(parseNetworks(['10.0.0.0/8', network])).toBeNull();
    },
  );
});
