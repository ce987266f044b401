import { CONDITION_TYPES } from '@rewards/contracts';
import { CONDITION_CLASSES, CONDITION_SCHEMAS } from './condition-schema';
import { toSchema31, withoutUnused } from './open-api-schema';

const ref = { $ref: '#/components/schemas/Reward' };

describe('a schema of OpenAPI 3.0 in 3.1', () => {
  it.each([
    ['null beside a type', { type: 'string', nullable: true }, { type: ['string', 'null'] }],
    ['null beside a list', { type: 'string', enum: ['A'], nullable: true }, { type: ['string', 'null'], enum: ['A', null] }],
    ['null beside a reference', { ...ref, nullable: true }, { anyOf: [ref, { type: 'null' }] }],
    ['what stands beside a reference', { allOf: [ref], description: 'one' }, { ...ref, description: 'one' }],
    ['examples', { type: 'string', example: '05:00' }, { type: 'string', examples: ['05:00'] }],
  ])('has %s', (_what, schema, expected) => {
    expect(toSchema31(schema)).toEqual(expected);
    expect(toSchema31({ type: 'array', items: schema })).toEqual({ type: 'array', items: expected });
    expect(toSchema31({ properties: { it: schema } })).toEqual({ properties: { it: expected } });
  });
});

it('keeps the components that something refers to, and theirs', () => {
  const schemas = { Page: { items: ref }, Reward: { type: 'object' }, Unused: { type: 'object' } };
  const used = withoutUnused([{ $ref: '#/components/schemas/Page' }], { schemas });
  expect(Object.keys(used.schemas ?? {})).toEqual(['Page', 'Reward']);
});

it('tells conditions apart by their type', () => {
  const { discriminator } = CONDITION_SCHEMAS.Condition as { readonly discriminator: { readonly mapping: object } };
  expect(Object.keys(discriminator.mapping)).toEqual([...CONDITION_TYPES]);
  for (const replaced of CONDITION_CLASSES) expect(CONDITION_SCHEMAS).not.toHaveProperty(replaced);
});
