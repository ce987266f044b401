import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** The origin of a request, by which rate limits count it. All spellings of an address have the same values. */
export interface Sender {
  /** Canonical text without a zone. An IPv4 address mapped into IPv6 is in its IPv4 form. */
  readonly address: string;
  /** The IPv4 address, or the /64 network, which is the least that an IPv6 subscriber has. */
  readonly subnet: string;
  /** The /48 network that an IPv6 site may have; null for IPv4. */
  readonly site: string | null;
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;

const GROUPS_OF_A_SUBNET = 4;
const GROUPS_OF_A_SITE = 3;

/** @returns null for anything that is not an IP address */
export const parseSender = (text: string): Sender | null => {
  const address = parseAddress(text);
  if (!address) return null;
  if (address instanceof ipaddr.IPv4) return { address: address.toString(), subnet: address.toString(), site: null };
  const prefix = (groups: number) =>
    `${address.parts
      .slice(0, groups)
      .map((part) => part.toString(16))
      .join(':')}::/${groups * 16}`;
  address.zoneId = undefined;
  return { address: address.toString(), subnet: prefix(GROUPS_OF_A_SUBNET), site: prefix(GROUPS_OF_A_SITE) };
};

// `isIP` comes first, because the library also accepts octal and hexadecimal numbers, and fewer than four of them.
const parseAddress = (text: string): Address | null => (isIP(text) === 0 ? null : ipaddr.process(text));

/** Parses networks written as `address/prefix length`, or as a single address. @returns null if one of them is malformed */
export const parseNetworks = (texts: readonly string[]): Networks | null => {
  const networks = texts.map(parseNetwork);
  return networks.every((network) => network !== null) ? new Networks(networks) : null;
};

const parseNetwork = (text: string): [Address, number] | null => {
  const [address = '', length, ...rest] = text.split('/');
  if (isIP(address) === 0 || rest.length > 0 || (length !== undefined && !/^\d{1,3}$/.test(length))) return null;
  const parsed = ipaddr.parse(address);
  const bits = parsed instanceof ipaddr.IPv4 ? 32 : 128;
  const prefix = length === undefined ? bits : Number(length);
  if (prefix > bits) return null;
  const isMapped = parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress() && prefix >= 96;
  return isMapped ? [parsed.toIPv4Address(), prefix - 96] : [parsed, prefix];
};

/** A set of networks. */
export class Networks {
  constructor(private readonly networks: readonly [Address, number][]) {}

  /** Returns whether one of the networks contains an address; false for text that is not an address. */
  contain(text: string): boolean {
    const address = parseAddress(text);
    return address !== null && this.networks.some(([network, length]) => contains(network, length, address));
  }
}

const contains = (network: Address, length: number, address: Address): boolean =>
  network.kind() === address.kind() && (address as ipaddr.IPv6).match(network as ipaddr.IPv6, length);
