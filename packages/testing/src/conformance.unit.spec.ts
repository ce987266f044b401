import { conformanceTo, type Answered } from './conformance';

const object = (properties: object) => ({ type: 'object', required: Object.keys(properties), properties });
const json = (schema: Readonly<Record<string, unknown>>) => ({ content: { 'application/json': { schema } } });

const conformance = conformanceTo({
  paths: {
    '/claims/mine': { get: { responses: { '200': json(object({ data: { $ref: '#/components/schemas/Page' } })) } } },
    '/claims/{claimId}': {
      get: {
        responses: {
          '200': json(object({ data: { $ref: '#/components/schemas/Claim' } })),
          '204': {},
          '4XX': { content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } },
        },
      },
    },
    '/claims/export': { get: { responses: { '200': { content: { 'text/csv': { schema: { type: 'string' } } } } } } },
  },
  components: {
    schemas: {
      Problem: object({ code: { type: 'string' } }),
      Base: object({ amount: { type: 'integer' } }),
      Claim: {
        allOf: [{ $ref: '#/components/schemas/Base' }],
        ...object({
          at: { type: 'string', format: 'date-time', nullable: true },
          condition: {
            oneOf: [
              object({ type: { enum: ['COUNT'] }, count: { type: 'integer' } }),
              object({ type: { enum: ['DAYS'] }, days: { type: 'integer' } }),
            ],
          },
          details: { type: 'object' },
          rewards: { type: 'array', items: object({ name: { type: 'string' } }) },
        }),
      },
      Page: { type: 'array', items: { type: 'string' } },
    },
  },
});

const claim = { amount: 1, at: null, condition: { type: 'COUNT', count: 3 }, details: { any: 1 }, rewards: [{ name: 'potion' }] };
const answer = (body: unknown, rest: Partial<Answered> = {}) =>
  conformance({
    method: 'GET',
    path: '/claims/c1?page=1',
    status: 200,
    contentType: 'application/json; charset=utf-8',
    text: typeof body === 'string' ? body : JSON.stringify(body),
    ...rest,
  });
const claimWith = (changes: object) => answer({ data: { ...claim, ...changes } });

describe('the comparison of an answer with its document', () => {
  it('finds nothing in an answer that the document describes', () => {
    expect(answer({ data: claim })).toEqual([]);
    expect(claimWith({ at: '2026-11-01T00:00:00.000Z', condition: { type: 'DAYS', days: 2 } })).toEqual([]);
    expect(answer({ data: ['c1'] }, { path: '/claims/mine' })).toEqual([]);
    expect(answer('', { status: 204, contentType: undefined })).toEqual([]);
    expect(answer('a;b', { path: '/claims/export', contentType: 'text/csv' })).toEqual([]);
    expect(answer({ code: 'NOT_FOUND' }, { status: 404, contentType: 'application/problem+json' })).toEqual([]);
    expect(answer({ code: 'NOT_FOUND' }, { path: '/nowhere', status: 404, contentType: 'application/problem+json' })).toEqual([]);
    expect(answer('up 1', { path: '/metrics', contentType: 'text/plain' })).toEqual([]);
  });

  it.each<[string, readonly string[], RegExp]>([
    ['an unknown member', claimWith({ passwordHash: 'x' }), /unevaluated.*passwordHash/],
    ['an unknown member beside data', answer({ data: claim, debug: 1 }), /unevaluated.*debug/],
    ['an unknown member in a list', claimWith({ rewards: [{ name: 'a', secret: 1 }] }), /\/data\/rewards\/0.*secret/],
    ['a member of another alternative', claimWith({ condition: { type: 'COUNT', count: 3, days: 2 } }), /condition/],
    [
      'an unknown member of a problem',
      answer({ code: 'X', stack: 'at' }, { status: 404, contentType: 'application/problem+json' }),
      /stack/,
    ],
    ['a wrong type', claimWith({ amount: '1' }), /\/data\/amount must be integer/],
    ['null where it is not allowed', claimWith({ amount: null }), /\/data\/amount must be integer/],
    ['a time without its zone', claimWith({ at: '2026-11-01T00:00:00' }), /\/data\/at/],
    ['a missing member', answer({ data: { ...claim, amount: undefined } }), /required property 'amount'/],
    ['another status', answer({ data: claim }, { status: 201 }), /its status 201/],
    ['another content type', answer({ data: claim }, { contentType: 'text/html' }), /its content type text\/html/],
    ['a body where there is none', answer('text', { status: 204 }), /its body/],
    ['a text that is not JSON', answer('{'), /not JSON/],
    ['a path that no operation has', answer({}, { path: '/other' }), /no operation/],
    ['a rejection in plain text', answer('no', { path: '/other', status: 404, contentType: 'text/plain' }), /problem\+json/],
  ])('finds %s', (_name, faults, expected) => {
    expect(faults.join('\n')).toMatch(expected);
  });
});
