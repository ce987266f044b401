import { generatedTypes, redocly, spectral } from './open-api.mjs';

const get = (document, path) => document.paths[path].get;
const claims = '/events/{eventId}/claims';

/** Faults of the document, with the check that must report each and a part of what it says. */
export const OPEN_API_BREAKS = {
  'an operation id twice': {
    check: redocly,
    says: 'operation-operationId-unique',
    plant: (document) => (get(document, '/claims').operationId = get(document, '/events').operationId),
  },
  'an example that is none': {
    check: redocly,
    says: 'no-invalid-media-type-examples',
    plant: (document) => {
      const { examples } = document.paths[claims].post.responses[201].content['application/json'];
      examples.part.value.data.amount = 'twenty';
    },
  },
  'a reference to nothing': {
    check: redocly,
    says: 'no-unresolved-refs',
    plant: (document) => delete document.components.schemas.Condition,
  },
  'a schema of OpenAPI 3.0': {
    check: redocly,
    says: 'struct',
    plant: (document) =>
      (document.components.schemas.ProgressResponse.properties.completedAt = { type: 'string', nullable: true }),
  },
  'a scheme that is not described': {
    check: redocly,
    says: 'security-defined',
    plant: (document) => delete document.components.securitySchemes.bearer,
  },
  'the same id twice': {
    check: spectral,
    says: 'operation-operationId-unique',
    plant: (document) => (get(document, '/claims').operationId = get(document, '/events').operationId),
  },
  'an example without a member': {
    check: spectral,
    says: 'oas3-valid-media-example',
    plant: (document) => {
      const { examples } = document.paths[claims].post.responses[409].content['application/problem+json'];
      delete examples.INSUFFICIENT_REMAINING.value.remaining;
    },
  },
  'an operation without description': {
    check: spectral,
    says: 'operation-description',
    plant: (document) => delete get(document, '/claims').description,
  },
  'a component that nothing uses': {
    check: spectral,
    says: 'oas3-unused-component',
    plant: (document) => (document.components.schemas.Unused = { type: 'string' }),
  },
  'a field under another name': {
    check: generatedTypes,
    says: "Property 'remaining' does not exist",
    plant: ({ components: { schemas } }) => {
      const { properties } = schemas.InsufficientRemainingProblem;
      properties.left = properties.remaining;
      delete properties.remaining;
      schemas.InsufficientRemainingProblem.required = ['code', 'left'];
    },
  },
  'a field that the types lack': {
    check: generatedTypes,
    says: 'generates other types',
    plant: (document) => (document.components.schemas.RewardResponse.properties.rarity = { type: 'string' }),
  },
};
