import { examplesOf } from './open-api-examples';
import { COMMON_HEADERS, headerRefs, parameterRefs, REQUEST_HEADERS, RESPONSE_HEADERS } from './open-api-headers';
import { JSON_TYPE, problemResponse, withExamples } from './open-api-responses';
import { objectSchema, OPENAPI_VERSION, withoutUnused, type Json, type OpenApiDocument } from './open-api-schema';
import { TAGS } from './operations';
import { problemSchemas, upOrDown } from './problem-schemas';

const TAG = 'operations' satisfies keyof typeof TAGS;

const ok: Json = { type: 'string', const: 'ok' };

const LIVE = objectSchema({ status: ok });

/** The schemas of a successful readiness check, by kind of process. */
const READY: Readonly<Record<'service' | 'gateway', Json>> = {
  service: objectSchema(
    {
      status: ok,
      parts: { ...upOrDown, description: 'Every engine and part' },
      reasons: {
        type: 'object',
        additionalProperties: { type: 'string' },
        description: 'Why a part that does not affect readiness is down',
      },
    },
    ['reasons'],
  ),
  gateway: objectSchema({ status: ok, services: { ...upOrDown, description: 'Every service' } }),
};

const HEADERS = COMMON_HEADERS.filter((name) => !name.startsWith('RateLimit'));

interface HealthOperation {
  readonly id: string;
  readonly summary: string;
  readonly data: Json;
  readonly canBeDown: boolean;
}

const operation = ({ id, summary, data, canBeDown }: HealthOperation): Json => ({
  operationId: id,
  tags: [TAG],
  summary,
  description: 'Requires no token.',
  security: [],
  parameters: parameterRefs(['XRequestId', 'Traceparent']),
  responses: {
    200: {
      description: 'OK',
      headers: headerRefs(HEADERS),
      content: withExamples({ [JSON_TYPE]: { schema: objectSchema({ data }) } }, examplesOf(id, 200, [])),
    },
    400: problemResponse(['VALIDATION_FAILED'], HEADERS, examplesOf(id, 400, ['VALIDATION_FAILED'])),
    ...(canBeDown && {
      503: problemResponse(['UNAVAILABLE'], [...HEADERS, 'Retry-After'], examplesOf(id, 503, ['UNAVAILABLE']), true),
    }),
  },
});

/** Describes the health routes of a service, or those of the gateway, which report on all services. */
export const healthDocument = (kind: 'service' | 'gateway') => {
  const live = { id: `${kind}Liveness`, summary: 'Reports that the process runs', data: LIVE, canBeDown: false };
  const ready = {
    summary: kind === 'gateway' ? 'Reports whether every service is ready' : 'Reports whether every engine and part is ready',
    data: READY[kind],
    canBeDown: true,
  };
  const paths = {
    ...(kind === 'gateway' && { '/health': { get: operation({ id: 'health', ...ready }) } }),
    '/health/live': { get: operation(live) },
    '/health/ready': { get: operation({ id: `${kind}Readiness`, ...ready }) },
  };
  const schemas = { ...problemSchemas(['VALIDATION_FAILED']), ...problemSchemas(['UNAVAILABLE'], true) };
  return {
    openapi: OPENAPI_VERSION,
    tags: [{ name: TAG, description: TAGS[TAG] }],
    paths,
    components: withoutUnused(paths, { schemas, headers: RESPONSE_HEADERS, parameters: REQUEST_HEADERS }),
  } as const satisfies OpenApiDocument;
};
