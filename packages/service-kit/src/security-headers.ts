import type { IncomingMessage, ServerResponse } from 'node:http';
import helmet from 'helmet';

/** Names and values, the same for every response of a kind. */
export type HeaderTable = Readonly<Record<string, string>>;

/** Collects the headers that helmet sets: its defaults, with a content security policy for the kind of response. */
const headersOf = (contentSecurityPolicy: Readonly<Record<string, readonly string[]>>): HeaderTable => {
  const headers: Record<string, string> = {};
  const collector = {
    setHeader: (name: string, value: string) => (headers[name.toLowerCase()] = value),
    removeHeader: () => undefined,
  };
  const directives = Object.fromEntries(Object.entries(contentSecurityPolicy).map(([name, sources]) => [name, [...sources]]));
  helmet({ contentSecurityPolicy: { useDefaults: false, directives }, xFrameOptions: { action: 'deny' } })(
    {} as IncomingMessage,
    collector as unknown as ServerResponse,
    (error) => {
      if (error) throw error;
    },
  );
  return headers;
};

/** Default headers of every response of every service and of the gateway. They forbid storing, executing and framing it. */
export const DATA_HEADERS: HeaderTable = {
  ...headersOf({ defaultSrc: ["'none'"], frameAncestors: ["'none'"] }),
  'cache-control': 'no-store',
};

/** Headers of the API documentation pages: own files only, apart from the inline styles and images of Swagger UI. */
export const DOCUMENTATION_HEADERS: HeaderTable = {
  ...headersOf({
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:'],
    connectSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  }),
  'cache-control': 'no-cache',
};
