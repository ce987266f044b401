import { generatedTypes, redocly, spectral } from './open-api.mjs';

const get = (document, path) => document.paths[path].get;
const claims = '/events/{eventId}/claims';

/** Changes that make the document invalid, with the check that must report each, and a part of its message. */
export const OPEN_API_VIOLATIONS = {
  'a repeated operation id, for redocly': {
    check: redocly,
    message: 'operation-operationId-unique',
    plant: (document) => (get(document, '/claims').operationId = get(document, '/events').operationId),
  },
  'an example that does not match its schema': {
    check: redocly,
    message: 'no-invalid-media-type-examples',
    plant: (document) => {
      const { examples } = document.paths[claims].post.responses[201].content['application/json'];
      examples.part.value.data.amount = 'twenty';
    },
  },
  'a reference to a missing schema': {
    check: redocly,
    message: 'no-unresolved-refs',
    plant: (document) => delete document.components.schemas.Condition,
  },
  'a schema of OpenAPI 3.0': {
    check: redocly,
    message: 'struct',
    plant: (document) =>
      (document.components.schemas.ProgressResponse.properties.completedAt = { type: 'string', nullable: true }),
  },
  'a security scheme without description': {
    check: redocly,
    message: 'security-defined',
    plant: (document) => delete document.components.securitySchemes.bearer,
  },
  'a repeated operation id, for spectral': {
    check: spectral,
    message: 'operation-operationId-unique',
    plant: (document) => (get(document, '/claims').operationId = get(document, '/events').operationId),
  },
  'an example without a member': {
    check: spectral,
    message: 'oas3-valid-media-example',
    plant: (document) => {
      const { examples } = document.paths[claims].post.responses[409].content['application/problem+json'];
      delete examples.INSUFFICIENT_REMAINING.value.remaining;
    },
  },
  'an operation without description': {
    check: spectral,
    message: 'operation-description',
    plant: (document) => delete get(document, '/claims').description,
  },
  'a component that nothing uses': {
    check: spectral,
    message: 'oas3-unused-component',
    plant: (document) => (document.components.schemas.Unused = { type: 'string' }),
  },
  'a field under another name': {
    check: generatedTypes,
    message: "Property 'remaining' does not exist",
    plant: ({ components: { schemas } }) => {
      const { properties } = schemas.InsufficientRemainingProblem;
      properties.left = properties.remaining;
      delete properties.remaining;
      schemas.InsufficientRemainingProblem.required = ['code', 'left'];
    },
  },
  'a field that is missing in the types': {
    check: generatedTypes,
    message: 'generates other types',
    plant: (document) => (document.components.schemas.RewardResponse.properties.rarity = { type: 'string' }),
  },
};
