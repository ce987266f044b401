import type { lookup, LookupAddress } from 'node:dns';
import { createSpreadLookup } from './spread-lookup';

const ADDRESSES: readonly LookupAddress[] = ['10.0.0.2', '10.0.0.3', '10.0.0.4'].map((address) => ({ address, family: 4 }));

/** Simulates a system that always returns the addresses in the same order. */
const resolveTo = (error: Error | null, addresses: readonly LookupAddress[]) =>
  ((_hostname: string, _options: object, callback: (error: Error | null, addresses: readonly LookupAddress[]) => void) =>
    callback(error, addresses)) as typeof lookup;

const lookUp = (resolve: typeof lookup, all: boolean) =>
  new Promise<{ address: string | LookupAddress[]; family?: number | undefined }>((answer, reject) =>
    createSpreadLookup(resolve)('service', { all }, (error, address, family) =>
      error ? reject(error) : answer({ address, family }),
    ),
  );

describe('createSpreadLookup', () => {
  it('returns all addresses in random order', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => lookUp(resolveTo(null, ADDRESSES), true)));
    const lists = answers.map(({ address }) => address as LookupAddress[]);
    for (const list of lists) expect([...list].sort((a, b) => a.address.localeCompare(b.address))).toEqual(ADDRESSES);
    // The probability that one of three is never first in a hundred lookups is under 1e-16.
    expect(new Set(lists.map(([first]) => first?.address)).size).toBe(3);
  });

  it('returns one address if one is requested', async () => {
    const { address, family } = await lookUp(resolveTo(null, ADDRESSES), false);
    expect(ADDRESSES).toContainEqual({ address, family });
  });

  it('fails if the name is unknown', async () => {
    const unknown = new Error('ENOTFOUND');
    await expect(lookUp(resolveTo(unknown, []), true)).rejects.toBe(unknown);
  });
});
