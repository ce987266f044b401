import { applyDecorators, type Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  ApiExtension,
  ApiExtraModels,
  ApiResponse,
  DocumentBuilder,
  getSchemaPath,
  SwaggerModule,
  type OpenAPIObject,
} from '@nestjs/swagger';
import type { ServiceName } from '@rewards/contracts';
import { describeOperations } from './describe-operations';
import { CONTACT, LICENSE } from './license';
import { EXACTLY_ONE_OF, type OpenApiDocument } from './open-api-schema';

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

/** Documents that a body has exactly one of these optional fields. */
export const ExactlyOneOf = (...fields: readonly string[]): ClassDecorator => ApiExtension(EXACTLY_ONE_OF, fields);

/** Serves the service's OpenAPI document at `/api-docs.json` and a page to read it at `/api-docs`. */
export const serveOpenApi = (app: NestFastifyApplication, service: ServiceName): void => {
  const document = SwaggerModule.createDocument(
    app,
    new DocumentBuilder()
      .setTitle(`Login rewards: ${service}`)
      .setDescription(`The routes of the ${service} service. The gateway serves those of all services.`)
      .setVersion('1')
      .setContact(CONTACT.name, '', '')
      .setLicense(LICENSE.name, LICENSE.url)
      .addServer('/')
      .addBearerAuth()
      .build(),
  );
  const described = describeOperations(document as unknown as OpenApiDocument, service) as unknown as OpenAPIObject;
  SwaggerModule.setup('api-docs', app, described, { jsonDocumentUrl: 'api-docs.json', yamlDocumentUrl: 'api-docs.yaml' });
};
