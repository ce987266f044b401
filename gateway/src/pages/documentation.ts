import { singleFlight } from '@rewards/async';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SERVICES } from '@rewards/contracts';
import type { OpenApiDocument } from '@rewards/service-kit/open-api-schema';
import type { Upstreams } from '../upstreams';
import { PAGE_STYLE } from './layout';
import { renderRules, RULES_PAGES } from './rules';
import { START_PAGE } from './start-page';
import { mergeOpenApi, type ServiceDocuments } from './merge-open-api';
import { ownDocument } from './own-open-api';

const TIMEOUT_MS = 2_000;
const CACHE_MS = 30_000;

/** Returns the merged OpenAPI documents of all services as JSON. Caches the result for a while if all services answered. */
export const createOpenApi = (upstreams: Upstreams): (() => Promise<Buffer>) => {
  const load = singleFlight(
    async () => {
      const documents = await Promise.all(
        SERVICES.map(async (service) => [service, parse(await upstreams.read(service, '/api-docs.json', TIMEOUT_MS))] as const),
      );
      const isComplete = documents.every(([, document]) => document !== null);
      const document = mergeOpenApi(Object.fromEntries(documents) as ServiceDocuments, ownDocument());
      return { json: Buffer.from(JSON.stringify(document)), isComplete };
    },
    ({ isComplete }) => (isComplete ? CACHE_MS : 0),
  );
  return async () => (await load()).json;
};

const parse = (json: string | null): OpenApiDocument | null => {
  try {
    return json === null ? null : (JSON.parse(json) as OpenApiDocument);
  } catch {
    return null;
  }
};

/** A file that a browser loads from the gateway. */
export interface PageFile {
  readonly type: string;
  /** Reads the file once; all responses share the buffer. */
  readonly load: () => Promise<Buffer>;
}

const INDEX = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Login rewards: API</title>
    <link rel="icon" href="/api-docs/favicon-32x32.png">
    <link rel="stylesheet" href="/api-docs/swagger-ui.css">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="/api-docs/swagger-ui-bundle.js"></script>
    <script src="/api-docs/start.js"></script>
  </body>
</html>
`;

const START = `SwaggerUIBundle({ url: '/api-docs.json', dom_id: '#swagger-ui', deepLinking: true });\n`;

const HTML = 'text/html; charset=utf-8';

const text = (type: string, content: string | Buffer): PageFile => {
  const bytes = Buffer.from(content);
  return { type, load: async () => bytes };
};

const readOnce = (type: string, read: () => Promise<Buffer>): PageFile => {
  let content: Promise<Buffer> | null = null;
  return { type, load: () => (content ??= read()) };
};

const ofSwaggerUi = (type: string, name: string): PageFile =>
  readOnce(type, () => readFile(join(dirname(require.resolve('swagger-ui-dist/package.json')), name)));

/** All files by URL path. With a fixed table, a client's path is never used as a file path. */
export const PAGE_FILES: ReadonlyMap<string, PageFile> = new Map([
  ['/', text(HTML, START_PAGE)],
  ['/pages.css', text('text/css; charset=utf-8', PAGE_STYLE)],
  ...RULES_PAGES.map((page) => [page.path, readOnce(HTML, () => renderRules(page))] as const),
  ['/api-docs', text(HTML, INDEX)],
  ['/api-docs/', text(HTML, INDEX)],
  ['/api-docs/start.js', text('text/javascript; charset=utf-8', START)],
  ['/api-docs/swagger-ui.css', ofSwaggerUi('text/css; charset=utf-8', 'swagger-ui.css')],
  ['/api-docs/swagger-ui-bundle.js', ofSwaggerUi('text/javascript; charset=utf-8', 'swagger-ui-bundle.js')],
  ['/api-docs/favicon-32x32.png', ofSwaggerUi('image/png', 'favicon-32x32.png')],
]);
