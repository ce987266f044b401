import type { lookup, LookupAddress } from 'node:dns';
import { createSpreadLookup } from './spread-lookup';

const ADDRESSES: readonly LookupAddress[] = ['10.0.0.2', '10.0.0.3', '10.0.0.4'].map((address) => ({ address, family: 4 }));

/** Answers like a system that always puts the addresses into the same order. */
const resolveTo = (error: Error | null, addresses: readonly LookupAddress[]) =>
  ((_hostname: string, _options: object, callback: (error: Error | null, addresses: readonly LookupAddress[]) => void) =>
    callback(error, addresses)) as typeof lookup;

const ask = (resolve: typeof lookup, all: boolean) =>
  new Promise<{ address: string | LookupAddress[]; family?: number | undefined }>((answer, reject) =>
    createSpreadLookup(resolve)('service', { all }, (error, address, family) =>
      error ? reject(error) : answer({ address, family }),
    ),
  );

describe('the addresses of a service', () => {
  it('all come, each one first at times', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => ask(resolveTo(null, ADDRESSES), true)));
    const lists = answers.map(({ address }) => address as LookupAddress[]);
    for (const list of lists) expect([...list].sort((a, b) => a.address.localeCompare(b.address))).toEqual(ADDRESSES);
    // That one of three is never first in a hundred times has a probability under 1e-16.
    expect(new Set(lists.map(([first]) => first?.address)).size).toBe(3);
  });

  it('are one for whoever wants one', async () => {
    const { address, family } = await ask(resolveTo(null, ADDRESSES), false);
    expect(ADDRESSES).toContainEqual({ address, family });
  });

  it('are none when the name is unknown', async () => {
    const unknown = new Error('ENOTFOUND');
    await expect(ask(resolveTo(unknown, []), true)).rejects.toBe(unknown);
  });
});
