import { EngineUnavailable, isEngineFault, openDatabase, type Database, type OpenOptions } from '@rewards/sqlite';
import { MessageBusUnavailable } from '../message-bus';

export const translate = (error: unknown): unknown =>
  error instanceof EngineUnavailable || isEngineFault(error) ? new MessageBusUnavailable(String(error), { cause: error }) : error;

/** Whether the file's owner is still about to make the tables. */
export const isMissingTable = (error: unknown): boolean => /no such table/.test(String(error));

/** @throws MessageBusUnavailable when the file cannot be opened */
export const open = (options: OpenOptions): Database => {
  try {
    return openDatabase(options);
  } catch (error) {
    throw new MessageBusUnavailable(`cannot open ${options.file}`, { cause: error });
  }
};
