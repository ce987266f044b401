import { CONDITION_TYPES } from '@rewards/contracts';
import { CONDITION_CLASSES, CONDITION_SCHEMAS } from './condition-schema';
import { toSchema31, withoutUnused } from './open-api-schema';

const ref = { $ref: '#/components/schemas/Reward' };

describe('the conversion of a schema from OpenAPI 3.0 to 3.1', () => {
  it.each([
    ['a nullable type', { type: 'string', nullable: true }, { type: ['string', 'null'] }],
    ['a nullable enum', { type: 'string', enum: ['A'], nullable: true }, { type: ['string', 'null'], enum: ['A', null] }],
    ['a nullable reference', { ...ref, nullable: true }, { anyOf: [ref, { type: 'null' }] }],
    ['keywords next to a reference', { allOf: [ref], description: 'one' }, { ...ref, description: 'one' }],
    ['examples', { type: 'string', example: '05:00' }, { type: 'string', examples: ['05:00'] }],
  ])('converts %s', (_what, schema, expected) => {
    expect(toSchema31(schema)).toEqual(expected);
    expect(toSchema31({ type: 'array', items: schema })).toEqual({ type: 'array', items: expected });
    expect(toSchema31({ properties: { it: schema } })).toEqual({ properties: { it: expected } });
  });
});

it('keeps the components that are referenced directly or indirectly', () => {
  const schemas = { Page: { items: ref }, Reward: { type: 'object' }, Unused: { type: 'object' } };
  const used = withoutUnused([{ $ref: '#/components/schemas/Page' }], { schemas });
  expect(Object.keys(used.schemas ?? {})).toEqual(['Page', 'Reward']);
});

it('distinguishes conditions by their type', () => {
  const { discriminator } = CONDITION_SCHEMAS.Condition as { readonly discriminator: { readonly mapping: object } };
  expect(Object.keys(discriminator.mapping)).toEqual([...CONDITION_TYPES]);
  for (const replaced of CONDITION_CLASSES) expect(CONDITION_SCHEMAS).not.toHaveProperty(replaced);
});
