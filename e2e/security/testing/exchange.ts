import { request as httpRequest, type Agent, type IncomingHttpHeaders } from 'node:http';

export interface RawRequest {
  readonly method: string;
  /** As it goes out: nothing normalises it. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Sends a request as it is written. Rejects when the connection ends without a whole answer. */
export const exchange = (port: number, agent: Agent, { method, target, headers, body }: RawRequest): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const sent = httpRequest({ port, host: '127.0.0.1', agent, method, path: target, headers }, (response) => {
      const { statusCode: status = 0, headers: answered } = response;
      if (answered['content-type']?.startsWith('text/event-stream')) {
        response.destroy();
        resolve({ status, headers: answered, text: '' });
        return;
      }
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => (text += piece));
      response.on('end', () => resolve({ status, headers: answered, text }));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
