import { applyDecorators, type Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApiExtraModels, ApiResponse, DocumentBuilder, getSchemaPath, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { ROLES, ROUTES, type Route, type ServiceName } from '@rewards/contracts';
import { REQUEST_ID_PATTERN } from './fields';
import { IDEMPOTENCY_KEY } from './idempotency';
import { LICENSE } from './license';
import { operationOf, TAGS } from './operations';

type Schema = Record<string, unknown>;

const answer = (status: number, model: Type, schema: Schema) =>
  applyDecorators(ApiExtraModels(model), ApiResponse({ status, description: status === 201 ? 'Created' : 'OK', schema }));

const ref = (model: Type): Schema => ({ $ref: getSchemaPath(model) });
const object = (properties: Schema): Schema => ({ type: 'object', required: Object.keys(properties), properties });

/** Documents `{ data: <model> }`. */
export const Answers = (status: number, model: Type) => answer(status, model, object({ data: ref(model) }));

/** Documents a list without pages. */
export const AnswersList = (model: Type) => answer(200, model, object({ data: { type: 'array', items: ref(model) } }));

/** Documents a list with offset pages. */
export const AnswersPage = (model: Type) =>
  answer(
    200,
    model,
    object({
      data: { type: 'array', items: ref(model) },
      page: object({ page: { type: 'integer' }, limit: { type: 'integer' }, total: { type: 'integer' } }),
    }),
  );

/** Documents a list with a cursor. */
export const AnswersCursorPage = (model: Type) =>
  answer(
    200,
    model,
    object({
      data: { type: 'array', items: ref(model) },
      page: object({ limit: { type: 'integer' }, next: { type: 'string', nullable: true } }),
    }),
  );

const PROBLEM_SCHEMA: Schema = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code', 'traceId'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string' },
    traceId: { type: 'string' },
    errors: { type: 'array', items: { type: 'object', properties: { field: { type: 'string' }, message: { type: 'string' } } } },
  },
};

/** Serves the service's OpenAPI document at `/api-docs.json` and a page to read it at `/api-docs`. */
export const serveOpenApi = (app: NestFastifyApplication, service: ServiceName): void => {
  const document = SwaggerModule.createDocument(
    app,
    new DocumentBuilder()
      .setTitle(`Login rewards: ${service}`)
      .setVersion('1')
      .setLicense(LICENSE.name, LICENSE.url)
      .addBearerAuth()
      .build(),
  );
  SwaggerModule.setup('api-docs', app, describeAccess(document, service), {
    jsonDocumentUrl: 'api-docs.json',
    yamlDocumentUrl: 'api-docs.yaml',
  });
};

/** Adds to each operation what the route table says of it: who may call it, and that every refusal is a problem. */
const describeAccess = (document: OpenAPIObject, service: ServiceName): OpenAPIObject => {
  document.components = { ...document.components, schemas: { ...document.components?.schemas, Problem: PROBLEM_SCHEMA } };
  const routes = ROUTES.filter((candidate) => candidate.service === service);
  document.tags = Object.entries(TAGS)
    .filter(([tag]) => routes.some((route) => operationOf(route).tag === tag))
    .map(([name, description]) => ({ name, description }));
  for (const route of routes) {
    const operation = document.paths[route.path]?.[route.method.toLowerCase() as 'get' | 'post'];
    if (!operation) continue;
    describeRequestId(document, operation);
    const { id, tag, summary } = operationOf(route);
    Object.assign(operation, { operationId: id, tags: [tag], summary, description: whoMayCall(route) });
    operation.security = route.access === 'anyone' ? [] : [{ bearer: [] }];
    const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
    Object.assign(operation.responses, {
      '4XX': { description: 'The request was rejected', content },
      '5XX': { description: 'The service cannot answer now', content },
    });
  }
  return document;
};

/** Where a body has a `requestId`, the header may carry it: so the body alone never needs it. */
const describeRequestId = (
  { components }: OpenAPIObject,
  operation: NonNullable<OpenAPIObject['paths'][string]['post']>,
): void => {
  const body =
    operation.requestBody && 'content' in operation.requestBody ? operation.requestBody.content['application/json'] : null;
  const name = body?.schema && '$ref' in body.schema ? body.schema.$ref.split('/').at(-1) : undefined;
  const schema = name === undefined ? undefined : components?.schemas?.[name];
  if (!schema || '$ref' in schema || !schema.properties?.requestId) return;
  const isNeeded = schema.required?.includes('requestId');
  schema.required = schema.required?.filter((property) => property !== 'requestId');
  operation.parameters = [
    ...(operation.parameters ?? []),
    {
      name: IDEMPOTENCY_KEY,
      in: 'header',
      required: false,
      description:
        `Carries the requestId in place of the body${isNeeded ? '; one of them must' : ''}. Both with different values is 400. ` +
        'A repeated request answers 200 with Idempotent-Replayed: true and the first answer.',
      schema: { type: 'string', pattern: REQUEST_ID_PATTERN },
    },
  ];
};

const whoMayCall = ({ access }: Route): string => {
  if (access === 'anyone') return 'Anyone may call it, without a token.';
  const roles = ROLES.filter((role) => access.includes(role) || role === 'ADMIN');
  return roles.length === ROLES.length ? 'Every account may call it.' : `Needs one of the roles ${roles.join(', ')}.`;
};
