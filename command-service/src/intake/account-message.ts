import { isId, ROLES, topicOf, type AccountMessage, type Actor, type Role } from '@rewards/contracts';
import { parseTime } from '@rewards/service-kit/dto';

/** A message that can never be handled, however often it is tried. */
export class MalformedMessage extends Error {
  override readonly name = 'MalformedMessage';
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads a message of auth-service. Every part that will be stored is checked: a foreign producer may write to the topic too.
 * @throws MalformedMessage
 */
export const parseAccountMessage = (topic: string, key: string, value: string): AccountMessage => {
  const message = asObject(parseJson(value), 'the message');
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
  if (parsed.event.data.accountId !== key) malformed('the key is not the accountId');
  if (parsed.event.type === 'LoggedIn' && parsed.event.data.loginId !== parsed.messageId)
    malformed('loginId is not the messageId');
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

const shortText = (value: unknown, name: string): string =>
  typeof value === 'string' && value.length > 0 && value.length <= 200 ? value : malformed(`${name} is not a short text`);

const roles = (value: unknown): readonly Role[] =>
  Array.isArray(value) && value.length > 0
    ? value.map((role) => ROLES.find((known) => known === role) ?? malformed('unknown role'))
    : malformed('roles is not a list');
