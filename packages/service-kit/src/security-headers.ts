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

/** Stands for the nonce in the headers below, because helmet sets them once. */
const NONCE = 'NONCE';

const APPLICATION_HEADERS: HeaderTable = {
  ...headersOf({
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'", `'nonce-${NONCE}'`],
    imgSrc: ["'self'", 'data:'],
    fontSrc: ["'self'"],
    connectSrc: ["'self'"],
    manifestSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  }),
  'cache-control': 'no-cache',
};

/** Returns the headers of the page of a web application: own files only. @param nonce allows the inline styles that have it */
export const applicationHeaders = (nonce: string): HeaderTable => ({
  ...APPLICATION_HEADERS,
  'content-security-policy': (APPLICATION_HEADERS['content-security-policy'] as string).replace(NONCE, nonce),
});

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
