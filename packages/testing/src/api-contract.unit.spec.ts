import { ApiContract } from './api-contract';

const schema = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const json = (name: string) => ({ 'application/json': { schema: schema(name) } });

const contract = new ApiContract({
  openapi: '3.1.0',
  paths: {
    '/events/{eventId}/claims': {
      post: {
        requestBody: { required: true, content: json('Body') },
        responses: {
          201: { headers: { 'X-Position': { schema: { type: 'string' }, required: true } }, content: json('Claim') },
          204: { description: 'Nothing' },
        },
      },
    },
  },
  components: {
    schemas: {
      Body: { type: 'object', properties: { all: { const: true } } },
      Claim: {
        type: 'object',
        required: ['at'],
        properties: { at: { type: 'string', format: 'date-time' }, parts: { type: 'array', items: schema('Part') } },
      },
      Part: { type: 'object', properties: { amount: { type: ['integer', 'null'] } } },
    },
  },
});

const at = '2026-11-02T09:00:00.000Z';
const headers = { 'content-type': 'application/json; charset=utf-8', 'x-position': '1' };
const exchange = { method: 'POST', url: '/events/e1/claims?x=1', status: 201, headers, body: { at } };
const faultsOf = (changed: object) => contract.responseViolations({ ...exchange, ...changed });

it('accepts described requests and responses, parsed or as text', () => {
  expect(faultsOf({ body: { at, parts: [{ amount: null }, {}] } })).toEqual([]);
  expect(faultsOf({ body: JSON.stringify({ at }) })).toEqual([]);
  expect(faultsOf({ status: 204, headers: {}, body: '' })).toEqual([]);
  expect(contract.requestViolations({ ...exchange, requestBody: { all: true } })).toEqual([]);
});

it.each([
  ['a member that leaked', { body: { at, secret: 1 } }, /additional properties.*secret/],
  ['a nested member that leaked', { body: { at, parts: [{ amount: 1, secret: 1 }] } }, /parts\/0 .*secret/],
  ['a missing member', { body: {} }, /required property 'at'/],
  ['a time without milliseconds', { body: { at: '2026-11-02T09:00:00Z' } }, /date-time/],
  ['another type of body', { headers: { ...headers, 'content-type': 'text/html' } }, /type text\/html is not described/],
  ['a body of a response without one', { status: 204, headers: {}, body: 'x' }, /a body is not described/],
  ['another status', { status: 200 }, /status 200 is not described/],
  ['a missing header', { headers: { 'content-type': 'application/json' } }, /X-Position is missing/],
  ['a header that is described only elsewhere', { headers: { ...headers, etag: '"1"' } }, /ETag is not described/],
  ['a route that is not described', { method: 'GET', url: '/claims' }, /GET \/claims is not described/],
])('reports %s', (_what, changed, fault) => {
  expect(faultsOf(changed)).toEqual([expect.stringMatching(fault)]);
});

it('reports an accepted request that does not match its description', () => {
  expect(contract.requestViolations({ ...exchange, requestBody: { all: false } })).toEqual([expect.stringMatching(/constant/)]);
  expect(contract.requestViolations({ ...exchange, requestBody: { some: 1 } })).toEqual([expect.stringMatching(/some/)]);
  expect(contract.requestViolations({ ...exchange, requestBody: undefined })).toEqual(['a body is described as required']);
});

it('rejects a schema with an unknown format', () => {
  expect(() => contract.schemaViolations({ type: 'string', format: 'zodiac-sign' }, 'Leo', 'it')).toThrow(/zodiac-sign/);
});
