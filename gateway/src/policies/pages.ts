import type { ServerResponse } from 'node:http';
import { DOCUMENTATION_HEADERS, type HeaderTable } from '@rewards/service-kit/security-headers';
import { requireDecodableQuery } from '@rewards/service-kit/text';
import { createOpenApi, PAGE_FILES } from '../pages/documentation';
import { healthAnswer, type ServiceStates } from '../pages/health';
import type { Exchange } from '../exchange';
import { rejected } from '../gateway.problems';
import type { Upstreams } from '../upstreams';
import type { Outcome, Policy } from './policy';

const JSON_TYPE = 'application/json; charset=utf-8';

/** Serves the gateway's own pages: the start page, the rules, health, and the documentation of all services. */
export const createPages = (upstreams: Upstreams, health: () => Promise<ServiceStates>): Policy => {
  const openApi = createOpenApi(upstreams);

  const answer = async ({ path, request, response }: Exchange): Promise<Outcome> => {
    requireDecodableQuery(request.url ?? '');
    if (path === '/health/live') await send(response, JSON_TYPE, toJson({ data: { status: 'ok' } }));
    else if (path === '/health' || path === '/health/ready')
      await send(response, JSON_TYPE, toJson(healthAnswer(await health())));
    else if (path === '/api-docs.json') await send(response, JSON_TYPE, await openApi());
    else await sendFile(path, response);
    return 'answered';
  };
  return (exchange) => (exchange.target.kind === 'page' ? answer(exchange) : 'next');
};

const toJson = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

const sendFile = async (path: string, response: ServerResponse): Promise<void> => {
  const file = PAGE_FILES.get(path);
  if (!file) throw rejected('NO_SUCH_PAGE');
  await send(response, file.type, await file.load(), DOCUMENTATION_HEADERS);
};

const CHUNK_BYTES = 65_536;

/** Sends a shared buffer in chunks, with backpressure, so that a slow client does not cause a copy of the whole content. */
const send = async (response: ServerResponse, type: string, content: Buffer, headers: HeaderTable = {}): Promise<void> => {
  response.writeHead(200, { ...headers, 'Content-Type': type, 'Content-Length': content.byteLength });
  let offset = 0;
  for (; offset + CHUNK_BYTES < content.byteLength && !response.destroyed; offset += CHUNK_BYTES) {
    if (!response.write(content.subarray(offset, offset + CHUNK_BYTES))) await drained(response);
  }
  response.end(content.subarray(offset));
};

/** Waits until the response has drained or its client has disconnected. */
const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const proceed = (): void => {
      response.off('drain', proceed);
      response.off('close', proceed);
      resolve();
    };
    response.on('drain', proceed);
    response.on('close', proceed);
  });
