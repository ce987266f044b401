import { randomInt } from 'node:crypto';
import { lookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';

/**
 * Resolves a name to its addresses in random order, so that connections spread over the instances of a service. Node tries the
 * next address if the first does not answer. The order of the name server is not enough: `getaddrinfo` sorts the address with the
 * longest common prefix first (RFC 6724, rule 9), which within one network is always the same instance.
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

/** Uses the system resolver. */
export const spreadLookup = createSpreadLookup();

const shuffled = (addresses: readonly LookupAddress[]): LookupAddress[] => {
  const remaining = [...addresses];
  return addresses.flatMap(() => remaining.splice(randomInt(remaining.length), 1));
};
