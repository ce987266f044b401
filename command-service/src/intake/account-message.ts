import { isId, ROLES, textOf, topicOf, type AccountMessage, type Actor, type Role, parseTime } from '@rewards/contracts';
import type { DeliveredMessage } from '@rewards/message-bus';

/** A message that cannot be accepted as it is: retrying at once does not help. */
export abstract class UnacceptableMessage extends Error {}

/** A message that can never be accepted. */
export class MalformedMessage extends UnacceptableMessage {
  override readonly name = 'MalformedMessage';
}

/** A message that is dated so far ahead that the clock of its producer must be wrong. Once its time has come it is accepted. */
export class MessageFromTheFuture extends UnacceptableMessage {
  override readonly name = 'MessageFromTheFuture';
}

const MAX_AHEAD_MS = 86_400_000;

/** A message as the bus delivers it. */
export type Source = Pick<DeliveredMessage, 'topic' | 'key' | 'value'>;

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads a message of auth-service. Every part that will be stored is checked: a foreign producer may write to the topic too.
 * @param now by the clock of this process, ISO 8601 UTC
 * @throws UnacceptableMessage
 */
export const parseAccountMessage = ({ topic, key, value }: Source, now: string): AccountMessage => {
  const keyText = text(key, 'key');
  const message = asObject(parseJson(text(value, 'value')), 'the message');
  const event = asObject(message.event, 'event');
  const data = asObject(event.data, 'event.data');
  const parsed = {
    messageId: id(message.messageId, 'messageId'),
    event: parseEvent(event.type, data),
    actor: parseActor(message.actor),
    correlationId: shortText(message.correlationId, 'correlationId'),
    ...(message.traceparent === undefined ? {} : { traceparent: shortText(message.traceparent, 'traceparent') }),
  };
  if (topicOf(parsed.event) !== topic) malformed(`${parsed.event.type} does not belong on this topic`);
  if (parsed.event.data.accountId !== keyText) malformed('the key is not the accountId');
  if (parsed.event.type === 'LoggedIn' && parsed.event.data.loginId !== parsed.messageId)
    malformed('loginId is not the messageId');
  const { at } = parsed.event.data;
  if (Date.parse(at) - Date.parse(now) > MAX_AHEAD_MS)
    throw new MessageFromTheFuture(`at is ${at}, more than a day ahead of the clock: redrive it when it is less`);
  return parsed;
};

const parseEvent = (type: unknown, data: Json): AccountMessage['event'] => {
  const common = { accountId: id(data.accountId, 'accountId'), at: time(data.at) };
  switch (type) {
    case 'LoggedIn':
      return { type, data: { loginId: id(data.loginId, 'loginId'), ...common } };
    case 'AccountRegistered':
    case 'RolesChanged':
      return { type, data: { ...common, roles: roles(data.roles) } };
    case 'AccountErased':
      return { type, data: common };
    default:
      return malformed('event.type is unknown');
  }
};

const parseActor = (value: unknown): Actor => {
  const actor = asObject(value, 'actor');
  return actor.service === undefined
    ? { accountId: id(actor.accountId, 'actor.accountId'), roles: roles(actor.roles) }
    : { service: shortText(actor.service, 'actor.service') };
};

const malformed = (what: string): never => {
  throw new MalformedMessage(what);
};

const text = (bytes: Uint8Array | null, name: string): string =>
  textOf(bytes) ?? malformed(bytes ? `the ${name} is not UTF-8` : `the message has no ${name}`);

const parseJson = (value: string): unknown => {
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return malformed('not JSON');
  }
};

const asObject = (value: unknown, name: string): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : malformed(`${name} is not an object`);

const id = (value: unknown, name: string): string => (isId(value) ? value : malformed(`${name} is not an id`));

const time = (value: unknown): string =>
  typeof value === 'string' && parseTime(value) === value ? value : malformed('at is not a UTC time');

/** A lone surrogate, which JSON can escape, has no bytes in UTF-8: engines would store something else. */
const shortText = (value: unknown, name: string): string =>
  typeof value === 'string' && value.length > 0 && value.length <= 200 && !/\p{Surrogate}/u.test(value)
    ? value
    : malformed(`${name} is not a short text`);

const roles = (value: unknown): readonly Role[] =>
  Array.isArray(value) && value.length > 0
    ? value.map((role) => ROLES.find((known) => known === role) ?? malformed('unknown role'))
    : malformed('roles is not a list');
