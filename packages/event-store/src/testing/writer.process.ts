import { openEmbeddedEventStore } from '../adapters/embedded';
import { newEvent } from './new-event';

/** Message of the writing process for each acknowledged append. */
export interface Acknowledged {
  readonly id: string;
  readonly stream: string;
  readonly revision: number;
  readonly position: string;
}

/**
 * Appends events with several concurrent appenders, reports each acknowledged append, and exits after the last one.
 * Arguments: file, stream prefix, number of streams, number of appenders, appends per appender.
 */
const main = async ([file = '', prefix = '', ...numbers]: readonly string[]): Promise<void> => {
  const [streams = 1, appenders = 1, appends = 1] = numbers.map(Number);
  const store = openEmbeddedEventStore({ file });
  const append = async (stream: string): Promise<void> => {
    const event = newEvent();
    const { revision, position } = await store.append(stream, 'any', [event]);
    const acknowledged: Acknowledged = { id: event.id, stream, revision, position };
    process.send?.(acknowledged);
  };
  await Promise.all(
    Array.from({ length: appenders }, async (_, appender) => {
      for (let turn = 0; turn < appends; turn += 1) await append(`${prefix}${(appender + turn) % streams}`);
    }),
  );
  await store.close();
};

void main(process.argv.slice(3)).then(() => process.disconnect());
