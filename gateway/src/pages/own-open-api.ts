import { EMAIL_PATTERN, GATEWAY_ROUTES, MAX_EMAIL_LENGTH, MAX_PASSWORD_LENGTH, type GatewayRoute } from '@rewards/contracts';
import { describeProblems, describeSuccesses } from '@rewards/service-kit/describe-responses';
import { examplesOf } from '@rewards/service-kit/open-api-examples';
import { parameterRefs, REQUEST_HEADERS, RESPONSE_HEADERS } from '@rewards/service-kit/open-api-headers';
import { healthDocument } from '@rewards/service-kit/open-api-health';
import { JSON_TYPE } from '@rewards/service-kit/open-api-responses';
import {
  objectSchema,
  OPENAPI_VERSION,
  schemaRef,
  withoutUnused,
  type Json,
  type OpenApiDocument,
} from '@rewards/service-kit/open-api-schema';
import { codesOf, operationOf, TAGS } from '@rewards/service-kit/operations';
import { problemSchemas } from '@rewards/service-kit/problem-schemas';

const tokens = {
  accessToken: { type: 'string' },
  tokenType: { type: 'string', enum: ['Bearer'] },
  expiresIn: { type: 'integer' },
};

/** The same shapes as those of auth-service, without the refresh token. */
const SCHEMAS = {
  BeginSessionBody: {
    ...objectSchema({
      email: {
        type: 'string',
        maxLength: MAX_EMAIL_LENGTH,
        pattern: EMAIL_PATTERN,
        description: 'Trimmed and lower-cased.',
      },
      password: { type: 'string', minLength: 1, maxLength: MAX_PASSWORD_LENGTH },
    }),
    additionalProperties: false,
  },
  BegunSessionResponse: objectSchema({ ...tokens, loginId: { type: 'string', format: 'uuid' } }),
  RefreshedSessionResponse: objectSchema(tokens),
} satisfies Readonly<Record<string, Json>>;

const answerOf = (schema: keyof typeof SCHEMAS): Json => ({
  200: { description: 'OK', content: { [JSON_TYPE]: { schema: objectSchema({ data: schemaRef(schema) }) } } },
});

const SUCCESSES: Readonly<Record<GatewayRoute['upstream'], Json>> = {
  '/auth/login': answerOf('BegunSessionResponse'),
  '/auth/refresh': answerOf('RefreshedSessionResponse'),
  '/auth/logout': { 204: { description: 'The session has ended' } },
};

const bodyOf = (route: GatewayRoute): Json => {
  if (route.upstream !== '/auth/login') return {};
  const examples = examplesOf(operationOf(route).id, 200, []).map(({ name, request }) => [name, { value: request }]);
  const content = { schema: schemaRef('BeginSessionBody'), examples: Object.fromEntries(examples) as Json };
  return { requestBody: { required: true, content: { [JSON_TYPE]: content } } };
};

const describe = (route: GatewayRoute): Json => {
  const { id, tag, summary, description = '' } = operationOf(route);
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: `${description}\n\nRequires no token.`,
    security: [],
    parameters: parameterRefs(['XRequestId', 'Traceparent']),
    ...bodyOf(route),
    responses: {
      ...describeSuccesses(route, SUCCESSES[route.upstream] as Readonly<Record<string, Json>>),
      ...describeProblems(route, codesOf(route, false)),
    },
  };
};

/** Describes the routes that the gateway answers itself: health, and the sessions of the web applications. */
export const ownDocument = (): OpenApiDocument => {
  const health = healthDocument('gateway');
  const paths = Object.fromEntries(GATEWAY_ROUTES.map((route) => [route.path, { post: describe(route) }]));
  const codes = GATEWAY_ROUTES.flatMap((route) => codesOf(route, false));
  const schemas = { ...problemSchemas([...new Set(codes)]), ...SCHEMAS, ...health.components.schemas };
  return {
    openapi: OPENAPI_VERSION,
    tags: [...health.tags, { name: 'accounts', description: TAGS.accounts }],
    paths: { ...paths, ...health.paths },
    components: withoutUnused({ ...paths, ...health.paths }, { schemas, headers: RESPONSE_HEADERS, parameters: REQUEST_HEADERS }),
  };
};
