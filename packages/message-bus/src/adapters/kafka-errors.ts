import { deadline } from '@rewards/async';
import { KafkaJSError } from 'kafkajs';
import { MessageBusUnavailable } from '../message-bus';

/** Faults of a message or a setting: the same call would fail again. */
const FAULTS = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_TOPIC_EXCEPTION', 'INVALID_RECORD']);

/** @returns the port's own error for one of the driver, and any other as it is */
export const translate = (error: unknown): unknown => {
  if (!(error instanceof KafkaJSError)) return error;
  const causes = [error, (error as { cause?: unknown }).cause] as readonly { readonly type?: string }[];
  if (causes.some((cause) => cause?.type !== undefined && FAULTS.has(cause.type))) return error;
  return new MessageBusUnavailable(error.message, { cause: error });
};

/** @throws MessageBusUnavailable when it does not settle in time */
export const within = <T>(ms: number, work: Promise<T>): Promise<T> =>
  deadline(work, ms, () => new MessageBusUnavailable(`the broker did not answer in ${ms} ms`));
