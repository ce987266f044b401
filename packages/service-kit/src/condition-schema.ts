import { MAX_COUNT, type Condition } from '@rewards/contracts';
import { objectSchema, reference, schemaRef, type Json } from './open-api-schema';

type Kind = Condition['type'];

interface Described<Of> {
  readonly schema: string;
  readonly description: string;
  /** A schema for each member beside `type`. */
  readonly members: { readonly [Member in Exclude<keyof Of, 'type'>]-?: Json };
  readonly optional: readonly string[];
}

const count = (what: string): Json => ({ type: 'integer', minimum: 1, maximum: MAX_COUNT, description: what });

/** Total over the conditions and their members: one that is not described does not compile. */
const DESCRIBED: { readonly [Type in Kind]: Described<Extract<Condition, { readonly type: Type }>> } = {
  LOGIN_COUNT: {
    schema: 'LoginCountCondition',
    description: 'Counts every login',
    members: { count: count('Logins that are needed') },
    optional: [],
  },
  LOGIN_DAYS: {
    schema: 'LoginDaysCondition',
    description: 'Counts distinct days with a login',
    members: { count: count('Days that are needed') },
    optional: [],
  },
  LOGIN_STREAK: {
    schema: 'LoginStreakCondition',
    description: 'The best span of days that starts and ends with a login day',
    members: {
      count: count('Days that the span needs'),
      graceDays: {
        type: 'integer',
        minimum: 0,
        maximum: MAX_COUNT,
        default: 0,
        description: 'Days that the span may miss in total',
      },
    },
    optional: ['graceDays'],
  },
};

const KINDS = Object.entries(DESCRIBED);

/** What a condition may be, told apart by its `type`, in requests and in responses; by name. */
export const CONDITION_SCHEMAS: Readonly<Record<string, Json>> = {
  Condition: {
    oneOf: KINDS.map(([, { schema }]) => schemaRef(schema)),
    discriminator: {
      propertyName: 'type',
      mapping: Object.fromEntries(KINDS.map(([type, { schema }]) => [type, reference('schemas', schema)])),
    },
  },
  ...Object.fromEntries(
    KINDS.map(([type, { schema, description, members, optional }]) => [
      schema,
      { description, ...objectSchema({ type: { type: 'string', const: type }, ...members }, optional) },
    ]),
  ),
};

/** The classes that Nest describes a condition by, as one object with the fields of all conditions. */
export const CONDITION_CLASSES = ['ConditionBody', 'ConditionResponse'] as const;
