import type { IncomingMessage, ServerResponse } from 'node:http';
import helmet from 'helmet';

/** Names and values, the same for every answer of a kind. */
export type HeaderTable = Readonly<Record<string, string>>;

/** Collects once what helmet sets: its defaults, with a content security policy for the kind of answer. */
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

/** The default of every answer of every service and of the gateway: nothing in it may be stored, run or framed. */
export const DATA_HEADERS: HeaderTable = {
  ...headersOf({ defaultSrc: ["'none'"], frameAncestors: ["'none'"] }),
  'cache-control': 'no-store',
};

/** For pages of API documentation: their own files only; Swagger UI writes style attributes and images into the page. */
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
