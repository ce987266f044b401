import { isEmail, normaliseEmail } from '@rewards/contracts';

/** The part of OpenAPI 3.0 that the services write. Another keyword is a fault: it would be checked by nobody. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean';
  readonly nullable?: boolean;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  /** Of the fields that `properties` does not name; without it there are none. */
  readonly additionalProperties?: boolean | Schema;
  readonly allOf?: readonly Schema[];
}

const KEYWORDS: ReadonlySet<string> = new Set(
  `$ref type nullable enum format pattern minLength maxLength minimum maximum items minItems maxItems uniqueItems
  properties required additionalProperties allOf default description example`.split(/\s+/),
);

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

interface DocumentedOperation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

export interface Operation {
  readonly name: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly parameters: readonly Parameter[];
  /** Null where the document says of no body. */
  readonly body: Schema | null;
  readonly responses: Readonly<Record<string, Content>>;
}

const JSON_TYPE = 'application/json';

/** All operations of a document. */
export const operationsOf = ({ paths }: OpenApi): Operation[] =>
  Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { parameters = [], requestBody, responses }]) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase() as Operation['method'],
      path,
      parameters,
      body: requestBody?.content?.[JSON_TYPE]?.schema ?? null,
      responses,
    })),
  );

/** What a format accepts. */
export type Formats = Readonly<Record<string, (text: string) => boolean>>;

const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
const isTime = (text: string): boolean => /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(text) && !Number.isNaN(Date.parse(text));

/** What is asked of clients. */
export const REQUEST_FORMATS: Formats = { uuid: isUuid, 'date-time': isTime, email: (text) => isEmail(normaliseEmail(text)) };
/** What is told: times are UTC with milliseconds. */
export const ANSWER_FORMATS: Formats = {
  uuid: isUuid,
  'date-time': (text) => isTime(text) && new Date(text).toISOString() === text,
};

const MAX_FAULTS = 5;

/** Checks values against schemas, stricter than OpenAPI: a field that no schema names is a fault. */
export class SchemaChecker {
  constructor(
    private readonly schemas: Readonly<Record<string, Schema>>,
    private readonly formats: Formats,
  ) {}

  /** The schema that a reference names, or the schema itself. */
  resolve(schema: Schema): Schema {
    const [only, ...others] = schema.allOf ?? [];
    if (only && others.length === 0) return this.resolve({ ...this.resolve(only), ...schema, allOf: undefined });
    if (schema.$ref === undefined) return schema;
    const found = this.schemas[schema.$ref.replace('#/components/schemas/', '')];
    if (!found) throw new Error(`nothing is behind ${schema.$ref}`);
    return this.resolve(found);
  }

  /** @returns what is wrong with the value, nothing when it is as the schema says */
  faultsOf(given: Schema, value: unknown, at = 'it'): string[] {
    const schema = this.resolve(given);
    const unknown = Object.keys(schema).find((keyword) => !KEYWORDS.has(keyword));
    if (unknown !== undefined) return [`${at} has a schema with ${unknown}, which is checked nowhere`];
    if (value === null && schema.nullable) return [];
    if (schema.enum && !schema.enum.includes(value)) return [`${at} is none of ${schema.enum.join(', ')}`];
    switch (schema.type) {
      case undefined:
        return [];
      case 'boolean':
        return typeof value === 'boolean' ? [] : [`${at} is no boolean`];
      case 'number':
      case 'integer':
        return this.numberFaults(schema, value, at);
      case 'string':
        return this.textFaults(schema, value, at);
      case 'array':
        return this.listFaults(schema, value, at);
      case 'object':
        return this.objectFaults(schema, value, at);
    }
  }

  private numberFaults({ type, minimum = -Infinity, maximum = Infinity }: Schema, value: unknown, at: string): string[] {
    if (typeof value !== 'number' || (type === 'integer' && !Number.isInteger(value))) return [`${at} is no ${type}`];
    return value < minimum || value > maximum ? [`${at} is not from ${minimum} to ${maximum}`] : [];
  }

  private textFaults(schema: Schema, value: unknown, at: string): string[] {
    if (typeof value !== 'string') return [`${at} is no text`];
    const { length } = [...value];
    if (length < (schema.minLength ?? 0) || length > (schema.maxLength ?? Infinity))
      return [`${at} has a wrong length: ${length}`];
    if (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(value)) return [`${at} does not match its pattern`];
    if (schema.format === undefined) return [];
    const accepts = this.formats[schema.format];
    if (!accepts) return [`${at} has the format ${schema.format}, which is checked nowhere`];
    return accepts(value) ? [] : [`${at} is no ${schema.format}`];
  }

  private listFaults(
    { items = {}, minItems = 0, maxItems = Infinity, uniqueItems }: Schema,
    value: unknown,
    at: string,
  ): string[] {
    if (!Array.isArray(value)) return [`${at} is no list`];
    if (value.length < minItems || value.length > maxItems) return [`${at} has a wrong length: ${value.length}`];
    if (uniqueItems && new Set(value).size < value.length) return [`${at} holds something twice`];
    return value.flatMap((item, index) => this.faultsOf(items, item, `${at}[${index}]`)).slice(0, MAX_FAULTS);
  }

  private objectFaults({ properties, required = [], additionalProperties }: Schema, value: unknown, at: string): string[] {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${at} is no object`];
    const others = additionalProperties ?? properties === undefined;
    return [
      ...required.filter((name) => !Object.hasOwn(value, name)).map((name) => `${at}.${name} is missing`),
      ...Object.entries(value).flatMap(([name, field]) => {
        const schema = properties && Object.hasOwn(properties, name) ? properties[name] : others;
        if (schema === undefined || schema === false) return [`${at}.${name} is documented nowhere`];
        return schema === true ? [] : this.faultsOf(schema, field, `${at}.${name}`);
      }),
    ].slice(0, MAX_FAULTS);
  }
}
