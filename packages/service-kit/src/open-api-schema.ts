/** A JSON Schema, or another object of an OpenAPI document. */
export type Json = Readonly<Record<string, unknown>>;

export const OPENAPI_VERSION = '3.1.0';

/** The parts of an OpenAPI document that are described and merged. */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly paths?: Readonly<Record<string, Json>>;
  /** By kind (`schemas`, `securitySchemes`, …), then by name. */
  readonly components?: Readonly<Record<string, Json>>;
  readonly tags?: readonly { readonly name: string; readonly description?: string }[];
}

/** Marks a class whose objects have exactly one of these fields. */
export const EXACTLY_ONE_OF = 'x-exactly-one-of';

/** @returns the schema of an object that has all of these properties, except those named as optional */
export const objectSchema = (properties: Json, optional: readonly string[] = []): Json => ({
  type: 'object',
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  properties,
});

/** Returns the reference to a component. */
export const reference = (kind: string, name: string): string => `#/components/${kind}/${name}`;

export const schemaRef = (name: string): Json => ({ $ref: reference('schemas', name) });

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

const mapValues = (table: unknown, change: (value: Json) => unknown): Json =>
  Object.fromEntries(
    Object.entries((table ?? {}) as Json).map(([name, value]) => [name, isObject(value) ? change(value) : value]),
  );

/** Converts a schema of OpenAPI 3.0, as Nest generates it, to JSON Schema 2020-12, as OpenAPI 3.1 uses it. */
export const toSchema31 = (schema: Json): Json => {
  const { nullable, example, allOf, ...rest } = schema;
  const [only, ...others] = (allOf ?? []) as readonly Json[];
  if (only && others.length === 0) return toSchema31({ ...only, ...rest, ...(nullable === true && { nullable }) });
  const converted: Record<string, unknown> = { ...rest };
  if (allOf) converted.allOf = (allOf as readonly Json[]).map(toSchema31);
  if (example !== undefined) converted.examples = [example];
  for (const keyword of ['oneOf', 'anyOf'] as const)
    if (rest[keyword]) converted[keyword] = (rest[keyword] as readonly Json[]).map(toSchema31);
  if (rest.properties) converted.properties = mapValues(rest.properties, toSchema31);
  for (const keyword of ['items', 'additionalProperties'] as const)
    if (isObject(rest[keyword])) converted[keyword] = toSchema31(rest[keyword]);
  return nullable === true ? orNull(converted) : converted;
};

const orNull = ({ $ref, type, enum: values, ...rest }: Json): Json => {
  if ($ref !== undefined) return { ...rest, anyOf: [{ $ref }, { type: 'null' }] };
  return { type: [type, 'null'], ...(values !== undefined && { enum: [...(values as readonly unknown[]), null] }), ...rest };
};

const withSchema = (holder: Json): Json => (isObject(holder.schema) ? { ...holder, schema: toSchema31(holder.schema) } : holder);

const withContent = (holder: Json): Json =>
  isObject(holder.content) ? { ...holder, content: mapValues(holder.content, withSchema) } : holder;

const operation31 = (operation: Json): Json => ({
  ...operation,
  ...(Array.isArray(operation.parameters) && { parameters: (operation.parameters as readonly Json[]).map(withSchema) }),
  ...(isObject(operation.requestBody) && { requestBody: withContent(operation.requestBody) }),
  responses: mapValues(operation.responses, withContent),
});

/** Converts a document from OpenAPI 3.0, as Nest generates it, to 3.1. */
export const toOpenApi31 = (document: OpenApiDocument): OpenApiDocument => ({
  ...document,
  openapi: OPENAPI_VERSION,
  paths: mapValues(document.paths, (path) => mapValues(path, operation31)) as Readonly<Record<string, Json>>,
  components: { ...document.components, schemas: mapValues(document.components?.schemas, toSchema31) },
});

/** Returns the components that the paths reference, directly or indirectly. */
export const withoutUnused = (paths: unknown, components: Readonly<Record<string, Json>>): Readonly<Record<string, Json>> => {
  const used = new Set<string>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(visit);
    if (typeof value === 'object' && value !== null) return Object.values(value).forEach(visit);
    if (typeof value !== 'string' || !value.startsWith('#/components/') || used.has(value)) return;
    used.add(value);
    const [, , kind = '', name = ''] = value.split('/');
    visit(components[kind]?.[name]);
  };
  visit(paths);
  return Object.fromEntries(
    Object.entries(components).map(([kind, named]) => [
      kind,
      kind === 'securitySchemes'
        ? named
        : Object.fromEntries(Object.entries(named).filter(([name]) => used.has(reference(kind, name)))),
    ]),
  );
};
