import { Readable } from 'node:stream';
import type { Call } from '@rewards/service-kit/call';

/** Media type by the end of the file's name. */
const TYPES = { csv: 'text/csv; charset=utf-8', ndjson: 'application/x-ndjson' } as const;

/**
 * Sends an export as a file. It is read at the client's pace until the client disconnects. Closes the connection if the export
 * cannot be completed.
 */
export const sendFile = (
  reply: Call['reply'],
  name: `${string}.${keyof typeof TYPES}`,
  chunks: AsyncIterable<string>,
): Readable => {
  const extension = name.split('.').at(-1) as keyof typeof TYPES;
  void reply.headers({ 'content-type': TYPES[extension], 'content-disposition': `attachment; filename="${name}"` });
  return Readable.from(chunks, { objectMode: false });
};
