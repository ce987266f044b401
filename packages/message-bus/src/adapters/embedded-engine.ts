import { EngineDamaged, isEngineFault, openDatabase, type Database, type OpenOptions } from '@rewards/sqlite';
import { MessageBusDamaged, MessageBusUnavailable } from '../message-bus';

export const translate = (error: unknown): unknown => {
  if (!isEngineFault(error)) return error;
  const PortError = error instanceof EngineDamaged ? MessageBusDamaged : MessageBusUnavailable;
  return new PortError((error as Error).message, { cause: error });
};

/** Whether the file's owner is still about to make the tables. */
export const isMissingTable = (error: unknown): boolean => /no such table/.test(String(error));

/** @throws MessageBusUnavailable when the file cannot be opened, MessageBusDamaged when no retry helps */
export const open = (options: OpenOptions): Database => {
  try {
    return openDatabase(options);
  } catch (error) {
    throw translate(error);
  }
};
