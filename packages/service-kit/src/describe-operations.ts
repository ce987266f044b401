import { ROLES, ROUTES, type Route, type ServiceName } from '@rewards/contracts';
import { MIN_POSITION } from './call';
import { CONDITION_CLASSES, CONDITION_SCHEMAS } from './condition-schema';
import { REQUEST_ID_PATTERN } from './fields';
import { IDEMPOTENCY_KEY } from './idempotency';
import { describeProblems, describeSuccesses } from './describe-responses';
import { examplesOf } from './open-api-examples';
import { healthDocument } from './open-api-health';
import { parameterRefs, REQUEST_HEADERS, RESPONSE_HEADERS } from './open-api-headers';
import { JSON_TYPE } from './open-api-responses';
import {
  EXACTLY_ONE_OF,
  reference,
  schemaRef,
  toOpenApi31,
  withoutUnused,
  type Json,
  type OpenApiDocument,
} from './open-api-schema';
import { codesOf, operationOf, TAGS, type Operation } from './operations';
import { problemSchemas } from './problem-schemas';

/** The parts of an operation, as Nest generates them, that are extended here. */
interface Described {
  readonly parameters?: readonly Json[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Json>> };
  readonly responses: Readonly<Record<string, Json>>;
}

type Schemas = Record<string, Json>;

/**
 * Completes a service's document: adds access, statuses, codes, headers and examples from the tables to each operation, and
 * converts the document to OpenAPI 3.1.
 * @param document OpenAPI 3.0, as Nest generates it
 */
export const describeOperations = (document: OpenApiDocument, service: ServiceName): OpenApiDocument => {
  const { paths = {}, components = {}, ...head } = withUnions(toOpenApi31(document));
  const routes = ROUTES.filter((candidate) => candidate.service === service);
  const schemas = { ...components.schemas } as Schemas;
  const described: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    const method = route.method.toLowerCase();
    const operation = paths[route.path]?.[method] as Described | undefined;
    if (!operation) continue;
    (described[route.path] ??= {})[method] = describe(route, operation, schemas);
  }
  // A request must not have members outside its class. A response may gain members in later versions.
  for (const [name, schema] of Object.entries(schemas)) {
    if (name.endsWith('Body') && !schema.oneOf) schemas[name] = { ...schema, additionalProperties: false };
  }
  const codes = routes.flatMap((route) => codesOf(route, true));
  Object.assign(schemas, problemSchemas([...new Set(codes)]));
  const shared = shareRepeated(described);
  const health = healthDocument('service');
  const allPaths = { ...described, ...health.paths };
  const used = new Set([...health.tags.map(({ name }) => name), ...routes.map((route) => operationOf(route).tag)]);
  return {
    ...head,
    tags: Object.entries(TAGS).flatMap(([name, description]) =>
      used.has(name as Operation['tag']) ? [{ name, description }] : [],
    ),
    paths: allPaths,
    components: withoutUnused(allPaths, {
      ...components,
      schemas: { ...schemas, ...health.components.schemas },
      responses: shared,
      headers: RESPONSE_HEADERS,
      parameters: REQUEST_HEADERS,
    }),
  };
};

/** Replaces classes that stand for several shapes with a union of these shapes. */
const withUnions = (document: OpenApiDocument): OpenApiDocument => {
  const union = schemaRef('Condition').$ref;
  const replaced = new Set(CONDITION_CLASSES.map((name) => reference('schemas', name)));
  const { components, ...rest } = JSON.parse(JSON.stringify(document), (_key, value: unknown) =>
    typeof value === 'string' && replaced.has(value) ? union : value,
  ) as OpenApiDocument;
  const schemas = Object.entries((components?.schemas ?? {}) as Schemas).map(([name, schema]) => [
    name,
    withAlternatives(schema),
  ]);
  return { ...rest, components: { ...components, schemas: { ...Object.fromEntries(schemas), ...CONDITION_SCHEMAS } } };
};

/** Splits a schema of which a body has exactly one of several fields into one object schema for each field. */
const withAlternatives = ({ [EXACTLY_ONE_OF]: fields, ...schema }: Json): Json => {
  if (fields === undefined) return schema;
  const names = fields as readonly string[];
  return {
    oneOf: names.map((chosen) => ({
      ...schema,
      required: [...(schema.required as readonly string[]), chosen],
      properties: Object.fromEntries(
        Object.entries(schema.properties as Json).filter(([name]) => name === chosen || !names.includes(name)),
      ),
    })),
  };
};

const describe = (route: Route, operation: Described, schemas: Schemas): Json => {
  const { id, tag, summary, description, takesIfMatch } = operationOf(route);
  const parameters = operation.parameters ?? [];
  const takesMinPosition = parameters.some(({ name }) => name === MIN_POSITION);
  const body = describeBody(operationOf(route), operation, schemas);
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: [...(description === undefined ? [] : [description]), whoMayCall(route)].join('\n\n'),
    security: route.access === 'anyone' ? [] : [{ bearer: [] }],
    parameters: [
      ...parameters,
      ...(body?.keyParameter ? [body.keyParameter] : []),
      ...parameterRefs([...(takesIfMatch ? (['IfMatch'] as const) : []), 'XRequestId', 'Traceparent']),
    ],
    ...(body && { requestBody: body.requestBody }),
    responses: {
      ...describeSuccesses(route, operation.responses),
      ...describeProblems(route, codesOf(route, takesMinPosition)),
    },
  };
};

const whoMayCall = ({ access }: Route): string => {
  if (access === 'anyone') return 'Requires no token.';
  const roles = ROLES.filter((role) => access.includes(role) || role === 'ADMIN');
  return roles.length === ROLES.length ? 'Requires a token of any account.' : `Requires one of the roles ${roles.join(', ')}.`;
};

/** Describes a body, which may be omitted if it has no required field. A header may carry its `requestId`. */
const describeBody = (
  { id }: Operation,
  { requestBody }: Described,
  schemas: Schemas,
): { readonly requestBody: Json; readonly keyParameter: Json | null } | null => {
  const media = requestBody?.content[JSON_TYPE];
  if (!media) return null;
  const name = String((media.schema as Json).$ref)
    .split('/')
    .at(-1) as string;
  const schema = schemas[name] as Json;
  const alternatives = (schema.oneOf ?? [schema]) as readonly Json[];
  const requires = (field: string) => alternatives.some(({ required = [] }) => (required as readonly string[]).includes(field));
  const takesRequestId = alternatives.some(({ properties }) => (properties as Json | undefined)?.requestId !== undefined);
  const isNeeded = requires('requestId');
  const relaxed = alternatives.map((alternative) => ({
    ...alternative,
    required: ((alternative.required ?? []) as readonly string[]).filter((field) => field !== 'requestId'),
    additionalProperties: false,
  }));
  schemas[name] = schema.oneOf ? { ...schema, oneOf: relaxed } : (relaxed[0] as Json);
  const examples = (['200', '201', '202', '204'] as const)
    .flatMap((status) => examplesOf(id, Number(status), []))
    .filter(({ request }) => request !== undefined);
  return {
    requestBody: {
      required: relaxed.every(({ required }) => required.length > 0),
      content: {
        [JSON_TYPE]: {
          ...media,
          ...(examples.length > 0 && {
            examples: Object.fromEntries(examples.map((example) => [example.name, { value: example.request }])),
          }),
        },
      },
    },
    keyParameter: takesRequestId
      ? {
          name: IDEMPOTENCY_KEY,
          in: 'header',
          required: false,
          description:
            `Carries the requestId instead of the body${isNeeded ? '; one of the two is required' : ''}. Different values in both ` +
            'are rejected with 400. A repeated request gets 200 with Idempotent-Replayed: true and the first response.',
          schema: { type: 'string', pattern: REQUEST_ID_PATTERN },
        }
      : null,
  };
};

/** Replaces responses that several operations share with references. @returns the shared responses by name */
const shareRepeated = (paths: Readonly<Record<string, Record<string, Json>>>): Record<string, Json> => {
  const slots = Object.values(paths).flatMap((operations) =>
    Object.values(operations).flatMap(({ responses }) =>
      Object.entries(responses as Record<string, Json>)
        .filter(([status]) => Number(status) >= 400)
        .map(([status, response]) => ({ responses: responses as Record<string, Json>, status, response })),
    ),
  );
  const groups = new Map<string, typeof slots>();
  for (const slot of slots) {
    const text = JSON.stringify([slot.status, slot.response]);
    groups.set(text, [...(groups.get(text) ?? []), slot]);
  }
  const shared: Record<string, Json> = {};
  for (const group of groups.values()) {
    const [first] = group;
    if (!first || group.length < 2) continue;
    const name = freeName(responseName(first.response), shared);
    shared[name] = first.response;
    for (const { responses, status } of group) responses[status] = { $ref: reference('responses', name) };
  }
  return shared;
};

/** Names a response after the codes in its description. */
const responseName = ({ description }: Json): string =>
  [...String(description).matchAll(/`([A-Z_]+)`/g)].map(([, code]) => code).join('.');

const freeName = (name: string, existing: Json): string => {
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? name : `${name}.${number}`;
    if (existing[candidate] === undefined) return candidate;
  }
};
