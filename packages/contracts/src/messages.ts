import { z } from 'zod';
import type { AccountEvent, LoginEvent } from './account';
import { AUTH_SERVICE_SOURCE, cloudEventHeaders } from './cloud-events';
import type { Actor } from './domain-event';
import { ROLES, type Role } from './roles';
import { isId } from './streams';
import { isStoredTime } from './time';

/** Topics of the message bus; every message is keyed by `accountId`. */
export const TOPICS = ['logins', 'accounts'] as const;
/** The topic of deliveries to endpoints of the kind BUS. Only receivers read it. */
export const REWARDS_TOPIC = 'rewards';
export type Topic = (typeof TOPICS)[number];

/** Rejects lone surrogates: JSON can escape them, but UTF-8 cannot encode them, so engines would store other text. */
const isShortText = (value: unknown): boolean =>
  typeof value === 'string' && value.length > 0 && value.length <= 200 && !/\p{Surrogate}/u.test(value);
const isRole = (value: unknown): boolean => ROLES.some((role) => role === value);

const id = (name: string) => z.custom<string>(isId, `${name} is not an id`);
const shortText = (name: string) => z.custom<string>(isShortText, `${name} is not a short text`);
const time = z.custom<string>(isStoredTime, 'at is not a UTC time');
const roles: z.ZodType<readonly Role[]> = z
  .array(z.custom<Role>(isRole, 'unknown role'), 'roles is not a list')
  .min(1, 'roles is not a list');

const withFields = (name: string, fields: z.ZodRawShape) => z.looseObject(fields, `${name} is not an object`);

const accountActor = z.object({ service: z.undefined().optional(), accountId: id('actor.accountId'), roles });
const serviceActor = z.object({ service: shortText('actor.service') });
/** Reports the error of the intended form: an actor with a `service` field is a service, any other an account. */
const actorError = ({ input, errors = [] }: { readonly input?: unknown; readonly errors?: z.core.$ZodIssue[][] }) => {
  const [asAccount, asService] = errors;
  return ((input as { readonly service?: unknown }).service === undefined ? asAccount : asService)?.[0]?.message;
};
const actor: z.ZodType<Actor> = withFields('actor', {}).pipe(
  z.union([accountActor, serviceActor], { error: (issue) => actorError(issue as never) }),
);

type DomainFact = LoginEvent | AccountEvent;
/** A fact in a message, before it is recorded: the message holds the `messageId`. */
interface MessageFact<Event extends DomainFact> {
  readonly type: Event['type'];
  readonly data: Omit<Event['data'], 'messageId'>;
}

const common = { accountId: id('accountId'), at: time };
const fact = <Type extends DomainFact['type'], Data extends z.ZodRawShape>(type: Type, data: Data) =>
  z.object({ type: z.literal(type), data: z.object(data) });

/** The schema of each fact on the bus. It validates every member that will be stored and drops all others. */
const FACTS = {
  LoggedIn: fact('LoggedIn', { loginId: id('loginId'), ...common }),
  AccountRegistered: fact('AccountRegistered', { ...common, roles }),
  RolesChanged: fact('RolesChanged', { ...common, roles }),
  AccountErased: fact('AccountErased', common),
} satisfies { readonly [Type in DomainFact['type']]: z.ZodType<MessageFact<Extract<DomainFact, { readonly type: Type }>>> };

type FactSchema = (typeof FACTS)[keyof typeof FACTS];

/** Validates the outer parts first, so that an error names the outermost invalid part. */
const envelope = withFields('the message', { event: withFields('event', { data: withFields('event.data', {}) }) }).pipe(
  z.looseObject({ messageId: id('messageId'), event: z.looseObject({ data: z.looseObject(common) }) }),
);

/** A message on the bus: a fact of auth-service and the content of its later metadata. */
export const ACCOUNT_MESSAGE = envelope.pipe(
  z.object({
    /** Unique per message; for a login it is the `loginId`. */
    messageId: id('messageId'),
    event: z.discriminatedUnion('type', Object.values(FACTS) as [FactSchema, ...FactSchema[]], 'event.type is unknown'),
    actor,
    correlationId: shortText('correlationId'),
    traceparent: shortText('traceparent').optional(),
  }),
);
export type AccountMessage = z.output<typeof ACCOUNT_MESSAGE>;

/** Returns the form in which auth-service publishes a message: keyed by its account, with the headers of a CloudEvent. */
export const toBusMessage = (message: AccountMessage) => {
  const { type, data } = message.event;
  return {
    key: data.accountId,
    value: JSON.stringify(message),
    headers: cloudEventHeaders({
      id: message.messageId,
      source: AUTH_SERVICE_SOURCE,
      type,
      time: data.at,
      subject: data.accountId,
    }),
  };
};

/** @returns the topic for a fact of auth-service */
export const topicOf = ({ type }: AccountMessage['event']): Topic => TOPIC_OF[type];

const TOPIC_OF = {
  LoggedIn: 'logins',
  AccountRegistered: 'accounts',
  RolesChanged: 'accounts',
  AccountErased: 'accounts',
} as const satisfies Record<DomainFact['type'], Topic>;
