import { singleFlight } from '@rewards/async';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SERVICES } from '@rewards/contracts';
import { healthDocument } from '@rewards/service-kit/open-api-health';
import type { OpenApiDocument } from '@rewards/service-kit/open-api-schema';
import type { Upstreams } from '../upstreams';
import { mergeOpenApi, type ServiceDocuments } from './merge-open-api';

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
      const document = mergeOpenApi(Object.fromEntries(documents) as ServiceDocuments, healthDocument('gateway'));
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

/** A file of the documentation page. */
export interface DocumentationFile {
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

const text = (type: string, content: string): DocumentationFile => {
  const bytes = Buffer.from(content);
  return { type, load: async () => bytes };
};

const swaggerUiFile = (type: string, name: string): DocumentationFile => {
  let content: Promise<Buffer> | null = null;
  const read = () => readFile(join(dirname(require.resolve('swagger-ui-dist/package.json')), name));
  return { type, load: () => (content ??= read()) };
};

/** All files of the page by URL path. With a fixed table, a client's path is never used as a file path. */
export const DOCUMENTATION: ReadonlyMap<string, DocumentationFile> = new Map([
  ['/api-docs', text('text/html; charset=utf-8', INDEX)],
  ['/api-docs/', text('text/html; charset=utf-8', INDEX)],
  ['/api-docs/start.js', text('text/javascript; charset=utf-8', START)],
  ['/api-docs/swagger-ui.css', swaggerUiFile('text/css; charset=utf-8', 'swagger-ui.css')],
  ['/api-docs/swagger-ui-bundle.js', swaggerUiFile('text/javascript; charset=utf-8', 'swagger-ui-bundle.js')],
  ['/api-docs/favicon-32x32.png', swaggerUiFile('image/png', 'favicon-32x32.png')],
]);
