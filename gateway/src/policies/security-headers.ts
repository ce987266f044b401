import type { ServerResponse } from 'node:http';
import helmet from 'helmet';

const headersOf = (contentSecurityPolicy: Readonly<Record<string, readonly string[]>>) =>
  helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: Object.fromEntries(Object.entries(contentSecurityPolicy).map(([name, sources]) => [name, [...sources]])),
    },
    xFrameOptions: { action: 'deny' },
  });

/** For JSON: nothing in it may be run or framed. */
const forData = headersOf({ defaultSrc: ["'none'"], frameAncestors: ["'none'"] });

/** For the documentation page: its own files only; Swagger UI writes style attributes and images into the page. */
const forDocumentation = headersOf({
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'", "'unsafe-inline'"],
  imgSrc: ["'self'", 'data:'],
  connectSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
});

const set = (headers: typeof forData, response: ServerResponse): void =>
  headers(response.req, response, (error) => {
    if (error) throw error;
  });

export const setSecurityHeaders = (response: ServerResponse): void => set(forData, response);
export const setDocumentationHeaders = (response: ServerResponse): void => set(forDocumentation, response);
