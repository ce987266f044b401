import type { ServerResponse } from 'node:http';
import { problem } from '@rewards/service-kit/problem';
import { createOpenApi, DOCUMENTATION } from '../pages/documentation';
import { createHealth, healthAnswer } from '../pages/health';
import type { Exchange } from '../exchange';
import type { Upstreams } from '../upstreams';
import type { Outcome, Policy } from './policy';
import { setDocumentationHeaders } from './security-headers';

const JSON_TYPE = 'application/json; charset=utf-8';

/** Answers for the gateway itself: health, and the documentation of all services. */
export const createPages = (upstreams: Upstreams): Policy => {
  const health = createHealth(upstreams);
  const openApi = createOpenApi(upstreams);

  const answer = async ({ path, response }: Exchange): Promise<Outcome> => {
    if (path === '/health/live') send(response, JSON_TYPE, JSON.stringify({ data: { status: 'ok' } }));
    else if (path === '/health' || path === '/health/ready')
      send(response, JSON_TYPE, JSON.stringify(healthAnswer(await health())));
    else if (path === '/api-docs.json') send(response, JSON_TYPE, await openApi());
    else await sendDocumentation(path, response);
    return 'answered';
  };
  return (exchange) => (exchange.target.kind === 'page' ? answer(exchange) : 'next');
};

const sendDocumentation = async (path: string, response: ServerResponse): Promise<void> => {
  const file = DOCUMENTATION.get(path);
  if (!file) throw problem('NOT_FOUND');
  const content = await file.load();
  setDocumentationHeaders(response);
  send(response, file.type, content);
};

const send = (response: ServerResponse, type: string, content: string | Buffer): void => {
  response.setHeader('Cache-Control', 'no-cache');
  response.writeHead(200, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(content) });
  response.end(content);
};
