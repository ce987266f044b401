import { request as httpRequest, type Agent, type IncomingHttpHeaders } from 'node:http';

export interface RawRequest {
  readonly method: string;
  /** Sent verbatim, without normalisation. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Sends a request verbatim. Rejects if the connection closes before the answer is complete. */
export const exchange = (port: number, agent: Agent, { method, target, headers, body }: RawRequest): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const sent = httpRequest({ port, host: '127.0.0.1', agent, method, path: target, headers }, (response) => {
      const { statusCode: status = 0, headers: responseHeaders } = response;
      if (responseHeaders['content-type']?.startsWith('text/event-stream')) {
        response.destroy();
        resolve({ status, headers: responseHeaders, text: '' });
        return;
      }
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status, headers: responseHeaders, text }));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
