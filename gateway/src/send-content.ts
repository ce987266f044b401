import type { ServerResponse } from 'node:http';
import type { HeaderTable } from '@rewards/service-kit/security-headers';

const CHUNK_BYTES = 65_536;

/** Sends a shared buffer in chunks, with backpressure, so that a slow client does not cause a copy of the whole content. */
export const sendContent = async (response: ServerResponse, headers: HeaderTable, content: Buffer): Promise<void> => {
  for (const [name, value] of Object.entries(headers)) {
    if (name === 'vary') response.appendHeader(name, value);
    else response.setHeader(name, value);
  }
  response.writeHead(200, { 'Content-Length': content.byteLength });
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
