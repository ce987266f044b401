import type { Exchange } from './exchange';
import { rejected } from './gateway.problems';

type Client = Pick<Exchange, 'request' | 'isFromTrustedProxy'>;

/** Returns a forwarding header of a trusted proxy. If several proxies added to it, the first value is what the client used. */
const forwarded = ({ request, isFromTrustedProxy }: Client, name: string): string | undefined =>
  isFromTrustedProxy ? request.headers[name]?.toString().split(',', 1)[0]?.trim() : undefined;

/** Whether the client used https, which ends at a trusted proxy. */
export const usesHttps = (client: Client): boolean => forwarded(client, 'x-forwarded-proto')?.toLowerCase() === 'https';

/** Returns the origin of the gateway's pages as the client sees it; null if the request names no valid host. */
export const ownOriginOf = (client: Client): string | null => {
  const host = forwarded(client, 'x-forwarded-host') ?? client.request.headers.host ?? '';
  const url = `${usesHttps(client) ? 'https' : 'http'}://${host}`;
  if (!URL.canParse(url)) return null;
  const { origin, href } = new URL(url);
  return href === `${origin}/` ? origin : null;
};

const MAX_QUOTED = 200;

/**
 * Rejects a request of another website, which cannot set `Origin`. A request without `Origin` is rejected too: browsers send it
 * with every POST.
 * @throws Rejected FOREIGN_ORIGIN
 */
export const requireOwnOrigin = (client: Client): void => {
  const { origin } = client.request.headers;
  const own = ownOriginOf(client);
  if (own === null || origin !== own)
    throw rejected('FOREIGN_ORIGIN', {
      own: own ?? 'this gateway',
      ...(origin !== undefined && { origin: origin.slice(0, MAX_QUOTED) }),
    });
};
