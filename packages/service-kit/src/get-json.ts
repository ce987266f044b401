import { get as getHttp } from 'node:http';
import { get as getHttps } from 'node:https';
import { json } from 'node:stream/consumers';

/**
 * Gets JSON from another service. `node:http` connects to any port; `fetch` refuses dozens of them, 6000 for one.
 * @throws when the service does not answer 200 with JSON within the time limit
 */
const getJson = (url: string, timeoutMs: number): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const get = url.startsWith('https:') ? getHttps : getHttp;
    get(url, { signal: AbortSignal.timeout(timeoutMs) }, (response) => {
      const isOk = response.statusCode === 200;
      if (!isOk) response.resume();
      resolve(isOk ? json(response) : Promise.reject(new Error(`GET ${url} was answered with status ${response.statusCode}`)));
    }).on('error', reject);
  });

/**
 * Gets JSON from one of several instances of a service: the next one after a failure.
 * @param urls the same resource at each instance
 */
export const createGetJson = (urls: readonly string[], timeoutMs: number): (() => Promise<unknown>) => {
  let failures = 0;
  return async () => {
    try {
      return await getJson(urls[failures % urls.length] as string, timeoutMs);
    } catch (error) {
      failures += 1;
      throw error;
    }
  };
};
