import { DocumentStoreDamaged, DocumentStoreUnavailable } from '@rewards/document-store';
import { EventStoreDamaged, EventStoreRejected, EventStoreUnavailable } from '@rewards/event-store';

/** An error as a message between threads. Structured cloning would lose its class. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
}

type ErrorClass = new (message: string) => Error;

const CLASSES: Readonly<Record<string, ErrorClass>> = {
  DocumentStoreDamaged,
  DocumentStoreUnavailable,
  EventStoreDamaged,
  EventStoreRejected,
  EventStoreUnavailable,
};

export const toPlainError = (error: unknown): PlainError =>
  error instanceof Error
    ? { name: error.name, message: error.message, ...(error.stack !== undefined && { stack: error.stack }) }
    : { name: 'Error', message: String(error) };

/** Creates the error again, of the same class if it is one of an engine. */
export const toError = ({ name, message, stack }: PlainError): Error => {
  const Class = Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined;
  const error = Class ? new Class(message) : Object.assign(new Error(message), { name });
  return stack === undefined ? error : Object.assign(error, { stack });
};
