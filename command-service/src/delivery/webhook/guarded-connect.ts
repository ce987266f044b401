import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { bareHost, isLoopbackAddress, isRefusedAddress, isRefusedHost, type AddressOptions, type Lookup } from './address-rules';

/** A connection to an address that is not allowed was refused before it was opened. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
  readonly code = 'ADDRESS_REFUSED';
}

export interface GuardOptions extends AddressOptions {
  readonly lookup: Lookup;
  /** Whether only this machine may be reached, which holds for http. */
  readonly onlyLoopback: boolean;
  readonly timeoutMs: number;
  /** Certificates (PEM) of authorities to trust instead of the public ones. */
  readonly ca?: string;
}

/**
 * Creates a connector that resolves a name once, refuses it if one of its addresses is refused, and connects to one of these addresses.
 * So a DNS record that changes after a check leads nowhere. `Host` and the server name of TLS stay the name.
 */
export const guardedConnect = ({ lookup, onlyLoopback, timeoutMs, ca, ...rules }: GuardOptions): buildConnector.connector => {
  const isRefused = (address: string): boolean =>
    isRefusedAddress(address, rules) || (onlyLoopback && !isLoopbackAddress(address));
  const resolve: Lookup = async (host) => {
    const addresses = await lookup(host);
    if (addresses.some(isRefused)) throw new AddressRefused();
    return addresses;
  };
  const connect = buildConnector({ timeout: timeoutMs, lookup: asLookupFunction(resolve), ...(ca !== undefined && { ca }) });
  return (options, done) => {
    const host = bareHost(options.hostname);
    // An address is not looked up, so it is checked here.
    if (isRefusedHost(host, rules) || (isIP(host) !== 0 && isRefused(host))) done(new AddressRefused(), null);
    else connect(options, done);
  };
};

/** Adapts to the form that sockets call, with and without `all`. */
const asLookupFunction =
  (resolve: Lookup): LookupFunction =>
  (hostname, options, callback) => {
    resolve(hostname).then(
      (resolved) => {
        const addresses = resolved.map((address) => ({ address, family: isIP(address) }));
        const usable = addresses.filter(({ family }) => !options.family || `IPv${family}` === `IPv${options.family}`);
        const [first] = usable;
        if (!first) callback(Object.assign(new Error('The name has no address.'), { code: 'ENOTFOUND' }), []);
        else if (options.all) callback(null, [...usable]);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => callback(error as NodeJS.ErrnoException, []),
    );
  };
