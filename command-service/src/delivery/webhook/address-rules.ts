import { lookup as lookupName } from 'node:dns/promises';
import { isIP } from 'node:net';
import { unescape } from 'node:querystring';
import ipaddr from 'ipaddr.js';
import { waitFor } from '@rewards/async';
import { isClean } from '@rewards/contracts';

/** Resolves a host name to all its addresses. @throws if it does not resolve */
export type Lookup = (host: string) => Promise<readonly string[]>;

/** Resolves as the operating system does. */
export const lookupAll: Lookup = async (host) => (await lookupName(host, { all: true })).map(({ address }) => address);

export interface AddressOptions {
  /** Whether webhooks may go to loopback and private addresses (`DELIVERY_ALLOW_PRIVATE`). */
  readonly allowPrivate: boolean;
}

export type ReceiverUrlCheck =
  | { readonly ok: true }
  /** The URL breaks a rule that holds for every receiver. */
  | { readonly ok: false; readonly kind: 'invalid'; readonly message: string }
  /** The URL leads to an address that is not allowed. */
  | { readonly ok: false; readonly kind: 'refused'; readonly host: string };

const MAX_URL_LENGTH = 2_048;
/** A name server that does not answer does not delay the check any longer. Each connection checks the address again. */
const LOOKUP_MS = 3_000;

/** Ranges, as ipaddr.js names them, that are allowed with `DELIVERY_ALLOW_PRIVATE=on`. */
const PRIVATE_RANGES: ReadonlySet<string> = new Set(['loopback', 'private', 'uniqueLocal', 'carrierGradeNat']);
/** Addresses of metadata services in ranges that are allowed otherwise: AWS, Google Cloud, Alibaba Cloud and Azure. */
const METADATA_ADDRESSES = ['fd00:ec2::254', 'fd20:ce::254', '100.100.100.200', '168.63.129.16'].map((text) =>
  ipaddr.process(text).toString(),
);
const METADATA_NAMES: ReadonlySet<string> = new Set(['metadata', 'instance-data']);
/** Global unicast addresses (RFC 4291). What the other addresses are for is not public. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');
const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');

/**
 * Checks the URL of a receiver: its form, its name, and all addresses that the name has now. A name that does not resolve is accepted,
 * because its record may not exist yet. Each connection checks the addresses again.
 */
export const checkReceiverUrl = async (
  text: string,
  { allowPrivate, lookup = lookupAll }: AddressOptions & { readonly lookup?: Lookup },
): Promise<ReceiverUrlCheck> => {
  const url = URL.canParse(text) ? new URL(text) : null;
  const host = bareHost(url?.hostname ?? '');
  const refused = { ok: false, kind: 'refused', host } as const;
  if (url && /^https?:$/.test(url.protocol) && isRefusedHost(host, { allowPrivate })) return refused;
  const message =
    url === null ? 'must be an absolute URL, such as https://game.example.com/rewards' : faultOf(text, url, allowPrivate);
  if (url === null || message !== null) return { ok: false, kind: 'invalid', message: message ?? '' };
  if (isIP(host) !== 0) return { ok: true };
  const addresses =
    (await waitFor(
      lookup(host).catch(() => []),
      { ms: LOOKUP_MS },
    )) ?? [];
  return addresses.some((address) => isRefusedAddress(address, { allowPrivate })) ? refused : { ok: true };
};

/** @returns what is wrong with the form of a URL; null if nothing is */
const faultOf = (text: string, url: URL, allowPrivate: boolean): string | null => {
  if (text.length > MAX_URL_LENGTH) return `must have at most ${MAX_URL_LENGTH} characters`;
  // The parser drops some of these characters and reads others as slashes, so the address would not be the one that people see.
  if (/[\s\\]/u.test(text) || !isClean(text)) return 'must not contain spaces, backslashes, or control or direction characters';
  if (!isClean(unescape(url.href))) return 'must not contain percent-encoded control or direction characters';
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && allowPrivate && isLoopbackHost(bareHost(url.hostname))))
    return 'must begin with https://; http:// is only allowed to a loopback address, with DELIVERY_ALLOW_PRIVATE=on';
  if (/^[^/]*\/*[^/?#]*@/.test(text)) return 'must not contain a user name or password';
  return text.includes('#') ? 'must not contain a fragment (#)' : null;
};

/** Returns a host name without brackets and trailing dots, in which all spellings of an address and a name are equal. */
export const bareHost = (hostname: string): string => hostname.replace(/^\[|\]$|\.+$/g, '').toLowerCase();

/** Returns whether a host is refused before it is resolved: by its name, or because it is a refused address. */
export const isRefusedHost = (host: string, { allowPrivate }: AddressOptions): boolean => {
  if (host === '') return true;
  if (isIP(host) !== 0) return isRefusedAddress(host, { allowPrivate });
  return isMetadataName(host) || (!allowPrivate && isLocalhost(host));
};

/** Returns whether no connection may go to an address: only public ones, and private ones if they are allowed. */
export const isRefusedAddress = (text: string, { allowPrivate }: AddressOptions): boolean => {
  const address = parse(text);
  if (address === null || METADATA_ADDRESSES.includes(address.toString())) return true;
  const range = address.range();
  if (PRIVATE_RANGES.has(range)) return !allowPrivate;
  return range !== 'unicast' || (address instanceof ipaddr.IPv6 && !address.match(GLOBAL_UNICAST));
};

/** Returns whether an address is of this machine. */
export const isLoopbackAddress = (text: string): boolean => parse(text)?.range() === 'loopback';

/**
 * Parses an address. One of IPv6 that only translates an IPv4 address is that IPv4 address: a mapped one, or one that a network with
 * NAT64 (RFC 6052) gives to every IPv4 host. @returns null for anything else
 */
const parse = (text: string): ipaddr.IPv4 | ipaddr.IPv6 | null => {
  if (isIP(text) === 0) return null;
  const address = ipaddr.process(text);
  if (address instanceof ipaddr.IPv4 || !address.match(NAT64)) return address;
  return new ipaddr.IPv4(address.toByteArray().slice(-4));
};

const isLocalhost = (host: string): boolean => host === 'localhost' || host.endsWith('.localhost');

const isLoopbackHost = (host: string): boolean => (isIP(host) === 0 ? isLocalhost(host) : isLoopbackAddress(host));

/** `metadata`, `metadata.google.internal`, `instance-data.ec2.internal` and so on. */
const isMetadataName = (host: string): boolean => {
  const labels = host.split('.');
  return labels.some((label) => METADATA_NAMES.has(label)) && (labels.length === 1 || labels.at(-1) === 'internal');
};
