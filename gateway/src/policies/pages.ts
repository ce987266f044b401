import type { ServerResponse } from 'node:http';
import { DOCUMENTATION_HEADERS } from '@rewards/service-kit/security-headers';
import { requireDecodableQuery } from '@rewards/service-kit/text';
import { applicationAt, type LoadContent } from '../pages/application';
import { createOpenApi, PAGE_FILES } from '../pages/documentation';
import { healthAnswer, type ServiceStates } from '../pages/health';
import type { Exchange } from '../exchange';
import { rejected } from '../gateway.problems';
import { sendContent } from '../send-content';
import type { Upstreams } from '../upstreams';
import type { Outcome, Policy } from './policy';

export interface PagesOptions {
  readonly upstreams: Upstreams;
  readonly health: () => Promise<ServiceStates>;
  /** Returns the files of the web applications. */
  readonly application: LoadContent;
}

/** Serves the gateway's own pages: the start page, the applications, the rules, health, and the documentation of all services. */
export const createPages = ({ upstreams, health, application }: PagesOptions): Policy => {
  const openApi = createOpenApi(upstreams);

  const answer = async ({ path, request, response }: Exchange): Promise<Outcome> => {
    requireDecodableQuery(request.url ?? '');
    if (path === '/health/live') await sendJson(response, toJson({ data: { status: 'ok' } }));
    else if (path === '/health' || path === '/health/ready') await sendJson(response, toJson(healthAnswer(await health())));
    else if (path === '/api-docs.json') await sendJson(response, await openApi());
    else if (applicationAt(path)) {
      const { headers, bytes } = await application(path, request.headers['accept-encoding']?.toString());
      await sendContent(response, headers, bytes);
    } else await sendFile(path, response);
    return 'answered';
  };
  return (exchange) => (exchange.target.kind === 'page' ? answer(exchange) : 'next');
};

const toJson = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

const sendJson = (response: ServerResponse, json: Buffer): Promise<void> =>
  sendContent(response, { 'content-type': 'application/json; charset=utf-8' }, json);

const sendFile = async (path: string, response: ServerResponse): Promise<void> => {
  const file = PAGE_FILES.get(path);
  if (!file) throw rejected('NO_SUCH_PAGE');
  await sendContent(response, { ...DOCUMENTATION_HEADERS, 'content-type': file.type }, await file.load());
};
