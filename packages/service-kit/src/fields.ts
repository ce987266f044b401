import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional, type ApiPropertyOptions } from '@nestjs/swagger';
import {
  codePoints,
  isClean,
  isFreeText,
  isId,
  isName,
  isNameSegment,
  isTimeOfDay,
  ITEM_CODE,
  MAX_AMOUNT,
  MAX_METADATA_BYTES,
  NAME_SEGMENT,
  normaliseName,
  parseTime,
  TIME_OF_DAY,
} from '@rewards/contracts';
import { Transform, Type } from 'class-transformer';
import {
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
  registerDecorator,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { invalid } from './problem';

/** One decorator for each field defines its validation, its normalisation and its OpenAPI schema. */

export interface FieldOptions {
  readonly optional?: boolean;
  /** Whether null is accepted; an optional field that is null is as if it were missing. */
  readonly nullable?: boolean;
}

/** Combines the OpenAPI schema of a field and its checks into one decorator. */
export const field = (
  schema: ApiPropertyOptions,
  { optional = false, nullable = false }: FieldOptions,
  ...decorators: PropertyDecorator[]
): PropertyDecorator =>
  applyDecorators(
    optional ? ApiPropertyOptional(describe(schema, nullable)) : ApiProperty(describe(schema, nullable)),
    // Unless it is nullable, `null` has the wrong type; it does not mean that the field is missing.
    ...(optional || nullable
      ? [ValidateIf((_object, value) => !((optional && value === undefined) || (nullable && value === null)))]
      : []),
    ...decorators,
  );

const describe = (schema: ApiPropertyOptions, nullable: boolean): ApiPropertyOptions =>
  (nullable ? { ...schema, nullable } : schema) as ApiPropertyOptions;

/** Creates a custom check. @param validate receives the value, and the object that contains the field */
export const satisfies =
  (
    name: string,
    message: string,
    validate: (value: unknown, object: Readonly<Record<string, unknown>>) => boolean,
  ): PropertyDecorator =>
  (target, property) =>
    registerDecorator({
      name,
      target: target.constructor,
      propertyName: property as string,
      options: { message },
      validator: { validate: (value, args) => validate(value, (args?.object ?? {}) as Record<string, unknown>) },
    });

const NAME = { type: 'string', minLength: 1, maxLength: 100 } as const;
const NAME_RULE = 'must be 1 to 100 characters, one of them visible, without control characters and bidirectional overrides';
const SEGMENT_RULE = 'must have no slash or backslash and not begin with a dot';

const nameDecorators = (): PropertyDecorator[] => [
  Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? normaliseName(value) : value)),
  satisfies('isName', NAME_RULE, isName),
];

/** A name in any script: 1–100 characters, trimmed, and in NFC, so that two encodings of a name are equal. */
export const Name = (options: FieldOptions = {}) => field(NAME, options, ...nameDecorators());

/**
 * A name that is also a path segment. A path with an encoded slash or a dot segment is always rejected, so such a name could
 * not be addressed.
 */
export const PathName = (options: FieldOptions = {}) =>
  field(
    { ...NAME, pattern: NAME_SEGMENT.source },
    options,
    ...nameDecorators(),
    satisfies('isSegment', SEGMENT_RULE, isNameSegment),
  );

/** Returns the name in a path parameter, by the rules of `PathName`. @throws Problem VALIDATION_FAILED */
export const nameInPath = (value: string, parameter = 'name'): string => {
  const name = normaliseName(value);
  if (!isName(name)) throw invalid({ field: parameter, message: NAME_RULE });
  if (!isNameSegment(name)) throw invalid({ field: parameter, message: SEGMENT_RULE });
  return name;
};

/** Free text with line breaks. @param max in characters */
export const Text = (max: number, options: FieldOptions = {}) =>
  field(
    { type: 'string', maxLength: max },
    options,
    satisfies(
      'isText',
      `must be a text of at most ${max} characters, without control characters and bidirectional overrides`,
      (value) => isFreeText(value) && codePoints(value) <= max,
    ),
  );

/** Text of one line whose meaning only the client knows. @param max in characters; at least one is required */
export const OpaqueText = (max: number, options: FieldOptions = {}) =>
  field(
    { type: 'string', minLength: 1, maxLength: max },
    options,
    satisfies(
      'isOpaqueText',
      `must be 1 to ${max} characters, without control characters and bidirectional overrides`,
      (value) => typeof value === 'string' && value !== '' && codePoints(value) <= max && isClean(value),
    ),
  );

/** An object of text members for clients, which the system does not interpret. */
export const Metadata = (options: FieldOptions = {}) =>
  field(
    {
      type: 'object',
      additionalProperties: { type: 'string' },
      description: `Texts for clients, such as an image or an order; at most ${MAX_METADATA_BYTES} bytes as JSON`,
      example: { image: 'events/attendance.png' },
    },
    options,
    satisfies(
      'isTextObject',
      'must be an object of text members, without control characters and bidirectional overrides',
      (value) => isPlainObject(value) && Object.entries(value as object).every(([key, text]) => isClean(key) && isFreeText(text)),
    ),
    satisfies(
      'isSmall',
      `must have at most ${MAX_METADATA_BYTES} bytes as JSON`,
      (value) => Buffer.byteLength(JSON.stringify(value)) <= MAX_METADATA_BYTES,
    ),
  );

/** The game's own identifier of an item, or null: 1–64 of `A-Z a-z 0-9 . _ -`. */
export const ItemCode = (options: FieldOptions = {}) =>
  field(
    { type: 'string', pattern: ITEM_CODE.source, description: "The game's own identifier of the item; null if it has none" },
    { nullable: true, ...options },
    IsString(),
    Matches(ITEM_CODE, { message: 'must be 1 to 64 of A-Z a-z 0-9 . _ -, or null' }),
  );

export const REQUEST_ID_PATTERN = '^[A-Za-z0-9._-]{1,100}$';

/** `requestId` of a client: 1–100 of `A-Z a-z 0-9 . _ -`. */
export const RequestId = (options: FieldOptions = {}) =>
  field(
    { type: 'string', pattern: REQUEST_ID_PATTERN },
    options,
    IsString(),
    Matches(new RegExp(REQUEST_ID_PATTERN), { message: 'must be 1 to 100 of A-Z a-z 0-9 . _ -' }),
  );

/** Integer within bounds, as JSON. */
export const Integer = (minimum: number, maximum: number, options: FieldOptions = {}) =>
  field({ type: 'integer', minimum, maximum }, options, IsInt({ message: 'must be an integer' }), Min(minimum), Max(maximum));

/** Amount of a reward: a positive integer. */
export const Amount = (options: FieldOptions = {}) => Integer(1, MAX_AMOUNT, options);

export const Flag = (options: FieldOptions = {}) => field({ type: 'boolean' }, options, IsBoolean());

/** One of a closed list. */
export const OneOf = (values: readonly (string | boolean)[], options: FieldOptions = {}) =>
  field({ enum: [...values] }, options, IsIn([...values], { message: `must be one of ${values.join(', ')}` }));

/** A time with its offset, converted to ISO 8601 UTC with milliseconds. */
export const Time = (options: FieldOptions = {}) =>
  field(
    { type: 'string', format: 'date-time' },
    options,
    Transform(({ value }: { value: unknown }) => parseTime(value) ?? value),
    satisfies(
      'isTime',
      'must be an ISO 8601 time with its offset, such as 2026-01-31T00:00:00Z',
      (value) => parseTime(value) !== null,
    ),
  );

/** A calendar day, yyyy-mm-dd. */
export const Day = (options: FieldOptions = {}) =>
  field(
    { type: 'string', format: 'date', example: '2026-11-23' },
    options,
    satisfies('isDay', 'must be a calendar day, such as 2026-11-23', isDay),
  );

const isDay = (value: unknown): boolean => {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(value)) return false;
  const time = Date.parse(value);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value);
};

/** A time of day, `HH:MM`. */
export const TimeOfDay = (options: FieldOptions = {}) =>
  field(
    { type: 'string', pattern: TIME_OF_DAY.source, example: '05:00' },
    options,
    satisfies('isTimeOfDay', 'must be a time of day as HH:MM, from 00:00 to 23:59', isTimeOfDay),
  );

/** Exclusive end of a time span in a query, which must be after the start. @param start the field with the start */
export const EndTime = (start: string) =>
  applyDecorators(
    Time({ optional: true }),
    satisfies('isAfterStart', `must be after ${start}`, (value, query) => {
      const [from, to] = [parseTime(query[start]), parseTime(value)];
      return from === null || to === null || from < to;
    }),
  );

/** IANA name of a time zone. @param isKnown whether the domain supports a zone */
export const Zone = (isKnown: (name: string) => boolean, options: FieldOptions = {}) =>
  field(
    { type: 'string', example: 'Asia/Seoul' },
    options,
    satisfies(
      'isZone',
      'must be the IANA name of a time zone, such as Asia/Seoul',
      (value) => typeof value === 'string' && value.length <= 100 && isKnown(value),
    ),
  );

/** Id that a service generated. */
export const Id = (options: FieldOptions = {}) =>
  field({ type: 'string', format: 'uuid' }, options, satisfies('isId', 'must be an id', isId));

const isPlainObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/** One object of another class. */
export const Nested = (model: new () => object, options: FieldOptions = {}) =>
  field(
    { type: model },
    options,
    satisfies('isObject', 'must be an object', isPlainObject),
    Type(() => model),
    ValidateNested(),
  );

/** A list of objects of another class. @param max longest list @param options `min`: shortest list, by default empty */
export const NestedList = (
  model: new () => object,
  max = 1_000,
  { min = 0, ...options }: FieldOptions & { readonly min?: number } = {},
) =>
  field(
    { type: model, isArray: true, ...(min > 0 && { minItems: min }), maxItems: max },
    options,
    satisfies(
      'isObjectList',
      `must be a list of ${min > 0 ? `${min} to` : 'at most'} ${max} objects`,
      (value) => Array.isArray(value) && value.length >= min && value.length <= max && value.every(isPlainObject),
    ),
    Type(() => model),
    ValidateNested({ each: true }),
  );

/** Integer within bounds, as an optional query parameter, without leading zeros. @param fallback undefined if there is no default */
export const QueryInteger = (minimum: number, maximum: number, fallback: number | undefined, description?: string) =>
  applyDecorators(
    ApiPropertyOptional({
      ...{ type: 'integer', minimum, maximum },
      ...(fallback !== undefined && { default: fallback }),
      ...(description && { description }),
    }),
    ...(fallback === undefined ? [ValidateIf((_object, value) => value !== undefined)] : []),
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' && /^(0|[1-9]\d{0,8})$/.test(value) ? Number(value) : value,
    ),
    IsInt({ message: 'must be an integer without leading zeros' }),
    Min(minimum),
    Max(maximum),
  );

/** Text of an optional query parameter that may be sent only once. */
export const QueryText = (max = 200) =>
  field({ type: 'string', maxLength: max }, { optional: true }, IsOptional(), Text(max, { optional: true }));

const MAX_PAGE = 1_000_000;

/** `?page=&limit=` */
export class PageQuery {
  @QueryInteger(1, MAX_PAGE, 1)
  page = 1;

  @QueryInteger(1, 100, 20)
  limit = 20;
}

/** `?limit=&cursor=` */
export class CursorQuery {
  @QueryInteger(1, 100, 20)
  limit = 20;

  @QueryText(500)
  cursor?: string;
}

/** The body of a command without fields: nothing, or `{}`. */
export class EmptyBody {}
