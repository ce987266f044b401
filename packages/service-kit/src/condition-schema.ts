import { MAX_COUNT, type Condition } from '@rewards/contracts';
import { objectSchema, reference, schemaRef, type Json } from './open-api-schema';

type Kind = Condition['type'];

interface Described<Of> {
  readonly schema: string;
  readonly description: string;
  /** A schema for each member except `type`. */
  readonly members: { readonly [Member in Exclude<keyof Of, 'type'>]-?: Json };
  readonly optional: readonly string[];
}

const count = (description: string): Json => ({ type: 'integer', minimum: 1, maximum: MAX_COUNT, description });

/** Describes every condition and member. A missing description does not compile. */
const DESCRIBED: { readonly [Type in Kind]: Described<Extract<Condition, { readonly type: Type }>> } = {
  LOGIN_COUNT: {
    schema: 'LoginCountCondition',
    description: 'Counts every login',
    members: { count: count('Required number of logins') },
    optional: [],
  },
  LOGIN_DAYS: {
    schema: 'LoginDaysCondition',
    description: 'Counts distinct days with a login',
    members: { count: count('Required number of days') },
    optional: [],
  },
  LOGIN_STREAK: {
    schema: 'LoginStreakCondition',
    description: 'The best span of days that starts and ends with a login day',
    members: {
      count: count('Required length of the span in days'),
      graceDays: {
        type: 'integer',
        minimum: 0,
        maximum: MAX_COUNT,
        default: 0,
        description: 'Total number of days without a login that the span may contain',
      },
    },
    optional: ['graceDays'],
  },
};

const KINDS = Object.entries(DESCRIBED);

/** The schemas of conditions in requests and responses, by name. A condition's `type` selects its schema. */
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

/** The classes from which Nest generates one object with the fields of all conditions. */
export const CONDITION_CLASSES = ['ConditionBody', 'ConditionResponse'] as const;
