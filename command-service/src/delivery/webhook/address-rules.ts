import { lookup as lookupName } from 'node:dns/promises';
import { isIP } from 'node:net';

/** Resolves a host name to its addresses. */
export type Lookup = (host: string) => Promise<readonly string[]>;

export interface ReceiverUrlOptions {
  /** Whether loopback and private addresses are allowed. */
  readonly allowPrivate: boolean;
  readonly lookup?: Lookup;
}

/** Whether webhooks may go to a URL: `invalid` for a URL that no setting allows, `refused` for an address that is not allowed. */
export type ReceiverUrlCheck =
  | { readonly ok: true }
  | { readonly ok: false; readonly kind: 'invalid'; readonly message: string }
  | { readonly ok: false; readonly kind: 'refused'; readonly host: string };

const resolve: Lookup = async (host) => (await lookupName(host, { all: true })).map(({ address }) => address);

/** Checks the URL of a receiver. Placeholder until the complete rules are merged: it knows loopback addresses only. */
export const checkReceiverUrl = async (
  text: string,
  { allowPrivate, lookup = resolve }: ReceiverUrlOptions,
): Promise<ReceiverUrlCheck> => {
  const url = URL.parse(text);
  if (!url || !['https:', 'http:'].includes(url.protocol)) return { ok: false, kind: 'invalid', message: 'must be an https URL' };
  if (url.username || url.password) return { ok: false, kind: 'invalid', message: 'must have no user info' };
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const addresses = isIP(host) ? [host] : await lookup(host).catch(() => []);
  const isLoopback = addresses.some((address) => address.startsWith('127.') || address === '::1');
  if (url.protocol === 'http:' && !(allowPrivate && isLoopback))
    return { ok: false, kind: 'invalid', message: 'must be an https URL' };
  return isLoopback && !allowPrivate ? { ok: false, kind: 'refused', host } : { ok: true };
};
