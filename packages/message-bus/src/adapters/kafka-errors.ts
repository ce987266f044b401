import { deadline } from '@rewards/async';
import { KafkaJSError } from 'kafkajs';
import { MessageBusUnavailable } from '../message-bus';

/** Permanent faults of a message or a setting: a retry would fail again. */
const FAULTS = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_TOPIC_EXCEPTION', 'INVALID_RECORD']);

/** @returns the port's error if a retry may succeed, any other error unchanged */
export const translate = (error: unknown): unknown => {
  if (!(error instanceof KafkaJSError)) return error;
  const causes = [error, (error as { cause?: unknown }).cause] as readonly { readonly type?: string }[];
  if (causes.some((cause) => cause?.type !== undefined && FAULTS.has(cause.type))) return error;
  return new MessageBusUnavailable(error.message, { cause: error });
};

/** Limits the time of a call. @throws MessageBusUnavailable if it does not settle in time */
export const withTimeout = <T>(ms: number, work: Promise<T>): Promise<T> =>
  deadline(work, ms, () => new MessageBusUnavailable(`the broker did not answer within ${ms} ms`));
