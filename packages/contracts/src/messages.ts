import { z } from 'zod';
import type { AccountEvent, LoginEvent } from './account';
import type { Actor } from './domain-event';
import { ROLES, type Role } from './roles';
import { isId } from './streams';
import { isStoredTime } from './time';

/** Topics of the message bus; every message is keyed by `accountId`. */
export const TOPICS = ['logins', 'accounts'] as const;
export type Topic = (typeof TOPICS)[number];

/** A lone surrogate, which JSON can escape, has no bytes in UTF-8: engines would store something else. */
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
/** Which of the two it should be, its field `service` tells. */
const whyNoActor = ({ input, errors = [] }: { readonly input?: unknown; readonly errors?: z.core.$ZodIssue[][] }) => {
  const [asAccount, asService] = errors;
  return ((input as { readonly service?: unknown }).service === undefined ? asAccount : asService)?.[0]?.message;
};
const actor: z.ZodType<Actor> = withFields('actor', {}).pipe(
  z.union([accountActor, serviceActor], { error: (issue) => whyNoActor(issue as never) }),
);

type DomainFact = LoginEvent | AccountEvent;
/** A fact on its way to the log: its `messageId` is the message's own until it is recorded. */
interface Announced<Event extends DomainFact> {
  readonly type: Event['type'];
  readonly data: Omit<Event['data'], 'messageId'>;
}

const common = { accountId: id('accountId'), at: time };
const fact = <Type extends DomainFact['type'], Data extends z.ZodRawShape>(type: Type, data: Data) =>
  z.object({ type: z.literal(type), data: z.object(data) });

/** The one schema of each fact that travels on the bus: every part that will be stored is checked, and nothing else is taken over. */
const FACTS = {
  LoggedIn: fact('LoggedIn', { loginId: id('loginId'), ...common }),
  AccountRegistered: fact('AccountRegistered', { ...common, roles }),
  RolesChanged: fact('RolesChanged', { ...common, roles }),
  AccountErased: fact('AccountErased', common),
} satisfies { readonly [Type in DomainFact['type']]: z.ZodType<Announced<Extract<DomainFact, { readonly type: Type }>>> };

type FactSchema = (typeof FACTS)[keyof typeof FACTS];

/** What is wrong with a message is named by its outer parts first. */
const envelope = withFields('the message', { event: withFields('event', { data: withFields('event.data', {}) }) }).pipe(
  z.looseObject({ messageId: id('messageId'), event: z.looseObject({ data: z.looseObject(common) }) }),
);

/** What travels on the bus: a fact of auth-service, with what its metadata will need. */
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

/** The topic on which a fact of auth-service travels. */
export const topicOf = ({ type }: AccountMessage['event']): Topic => TOPIC_OF[type];

const TOPIC_OF = {
  LoggedIn: 'logins',
  AccountRegistered: 'accounts',
  RolesChanged: 'accounts',
  AccountErased: 'accounts',
} as const satisfies Record<DomainFact['type'], Topic>;
