import { randomInt } from 'node:crypto';
import { lookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';

/**
 * Resolves a name with its addresses in random order, so that connections spread over the instances of a service; Node tries
 * the next one when the first does not answer. The order of the name server is lost before: `getaddrinfo` puts the address
 * that is most like our own first (RFC 6724, rule 9), which in one network is always the same instance.
 */
export const createSpreadLookup =
  (resolve: typeof lookup = lookup): LookupFunction =>
  (hostname, options, callback) =>
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const [first, ...others] = error ? [] : shuffled(addresses);
      if (!first) callback(error, []);
      else if (options.all) callback(null, [first, ...others]);
      else callback(null, first.address, first.family);
    });

/** Of the system's names. */
export const spreadLookup = createSpreadLookup();

const shuffled = (addresses: readonly LookupAddress[]): LookupAddress[] => {
  const left = [...addresses];
  return addresses.flatMap(() => left.splice(randomInt(left.length), 1));
};
