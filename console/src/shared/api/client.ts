import createClient, { type Client } from 'openapi-fetch';
import type { Session } from '../session/session';
import { offline, problemOf } from './problem';
import type { components, paths } from './schema';

export type Api = Client<paths>;
export type Schemas = components['schemas'];

/** How long reads wait for this browser's last write to be visible. */
const READ_OWN_WRITES_MS = 30_000;

/**
 * Creates a typed client of the gateway. It adds the token, retries once with a new one if it was refused, and lets each read
 * reflect the last write of this tab.
 */
export const createApi = (session: Session): Api => {
  let written: { readonly position: string; readonly at: number } | null = null;

  const authorized = async (request: Request): Promise<Response> => {
    const token = await session.token();
    const send = (accessToken: string | null): Promise<Response> => {
      const sent = request.clone();
      if (accessToken !== null) sent.headers.set('authorization', `Bearer ${accessToken}`);
      if (request.method === 'GET' && written && Date.now() - written.at < READ_OWN_WRITES_MS)
        sent.headers.set('x-min-position', written.position);
      return fetch(sent).catch((error: unknown) => {
        if (request.signal.aborted) throw error;
        throw offline();
      });
    };
    const response = await send(token);
    const answer = token !== null && (await isRefused(response)) ? await send(await session.replace(token)) : response;
    const position = answer.headers.get('x-position');
    if (position !== null) written = { position, at: Date.now() };
    return answer;
  };
  return createClient<paths>({ baseUrl: window.location.origin, fetch: authorized });
};

/** Whether a service refused the token. A wrong password is 401 too, and to repeat it would count as a second failure. */
const isRefused = async (response: Response): Promise<boolean> => {
  if (response.status !== 401) return false;
  const body = (await response
    .clone()
    .json()
    .catch(() => null)) as { readonly code?: string } | null;
  return body?.code !== 'BAD_CREDENTIALS';
};

interface Result<Body> {
  readonly data?: Body;
  readonly error?: unknown;
  readonly response: Response;
}

/** Returns the body of a success. @throws ApiProblem */
export const bodyOf = async <Body>(request: Promise<Result<Body>>): Promise<NonNullable<Body>> => {
  const { data, error, response } = await request;
  if (!response.ok) throw problemOf(error, response);
  return (data ?? {}) as NonNullable<Body>;
};

/** Returns the `data` of a success. @throws ApiProblem */
export const dataOf = async <Data>(request: Promise<Result<{ data: Data }>>): Promise<Data> => (await bodyOf(request)).data;
