import { ACCOUNT_MESSAGE, decodeUtf8, topicOf, type AccountMessage } from '@rewards/contracts';
import type { DeliveredMessage } from '@rewards/message-bus';

/** A message that cannot be accepted at present. An immediate retry does not help. */
export abstract class UnacceptableMessage extends Error {}

/** A message that can never be accepted. */
export class MalformedMessage extends UnacceptableMessage {
  override readonly name = 'MalformedMessage';
}

/** A message dated so far ahead that its producer's clock must be wrong. It is accepted once its time is less than a day away. */
export class MessageFromTheFuture extends UnacceptableMessage {
  override readonly name = 'MessageFromTheFuture';
}

const MAX_AHEAD_MS = 86_400_000;

/** A message as the bus delivers it. */
export type Source = Pick<DeliveredMessage, 'topic' | 'key' | 'value'>;

/**
 * Parses a message of auth-service. Checks every part that will be stored, because another producer may write to the topic.
 * @param now the time of this process, ISO 8601 UTC
 * @throws UnacceptableMessage
 */
export const parseAccountMessage = ({ topic, key, value }: Source, now: string): AccountMessage => {
  const keyText = text(key, 'key');
  const { data: message, error } = ACCOUNT_MESSAGE.safeParse(parseJson(text(value, 'value')));
  if (error) return malformed(error.issues[0]?.message ?? 'not a message of auth-service');
  const { event, messageId } = message;
  if (topicOf(event) !== topic) malformed(`${event.type} does not belong on this topic`);
  if (event.data.accountId !== keyText) malformed('the key is not the accountId');
  if (event.type === 'LoggedIn' && event.data.loginId !== messageId) malformed('loginId is not the messageId');
  const { at } = event.data;
  if (Date.parse(at) - Date.parse(now) > MAX_AHEAD_MS)
    throw new MessageFromTheFuture(`at is ${at}, more than a day ahead of the clock: redrive the message once it is less`);
  return message;
};

const malformed = (reason: string): never => {
  throw new MalformedMessage(reason);
};

const text = (bytes: Uint8Array | null, name: string): string =>
  decodeUtf8(bytes) ?? malformed(bytes ? `the ${name} is not UTF-8` : `the message has no ${name}`);

const parseJson = (value: string): unknown => {
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return malformed('not JSON');
  }
};
