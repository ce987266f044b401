import { get as getHttp } from 'node:http';
import { get as getHttps } from 'node:https';
import { json } from 'node:stream/consumers';

/**
 * Gets JSON from another service. `node:http` connects to any port; `fetch` rejects dozens of them, such as 6000.
 * @throws Error if the service does not respond with 200 and JSON within the time limit
 */
const getJson = (url: string, timeoutMs: number): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const get = url.startsWith('https:') ? getHttps : getHttp;
    get(url, { signal: AbortSignal.timeout(timeoutMs) }, (response) => {
      const isOk = response.statusCode === 200;
      if (!isOk) response.resume();
      resolve(isOk ? json(response) : Promise.reject(new Error(`GET ${url} returned status ${response.statusCode}`)));
    }).on('error', reject);
  });

/**
 * Creates a function that gets JSON from one of several instances of a service. After a failure, it tries the next instance,
 * until all of them have failed.
 * @param urls the same resource at each instance
 */
export const createGetJson = (urls: readonly string[], timeoutMs: number): (() => Promise<unknown>) => {
  let first = 0;
  return async () => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await getJson(urls[first] as string, timeoutMs);
      } catch (error) {
        first = (first + 1) % urls.length;
        if (attempt === urls.length) throw error;
      }
    }
  };
};
