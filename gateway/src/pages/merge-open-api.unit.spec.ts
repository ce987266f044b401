import { mergeOpenApi, type OpenApiDocument } from './merge-open-api';

const none: OpenApiDocument = { openapi: '3.0.0' };
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

describe('the merged OpenAPI document', () => {
  it('has the operations of all services on one path', () => {
    const merged = mergeOpenApi({
      auth: none,
      command: { openapi: '3.0.0', tags: [{ name: 'command' }], paths: { '/events': { post: { operationId: 'create' } } } },
      query: { openapi: '3.0.0', tags: [{ name: 'query' }], paths: { '/events': { get: { operationId: 'list' } } } },
      projections: none,
    });
    expect(merged.paths).toEqual({ '/events': { post: { operationId: 'create' }, get: { operationId: 'list' } } });
    expect(merged.tags).toEqual([{ name: 'command' }, { name: 'query' }]);
    expect(merged.servers).toEqual([{ url: '/' }]);
  });

  it('keeps a schema once that two services describe alike', () => {
    const document = { openapi: '3.0.0', components: { schemas: { Problem: { type: 'object' } } } };
    expect(mergeOpenApi({ auth: document, command: document, query: none, projections: none }).components).toEqual({
      schemas: { Problem: { type: 'object' } },
    });
  });

  it('renames the later of two schemas that differ, what refers to it, and ids that are taken', () => {
    const withRow = (row: object) => ({
      openapi: '3.0.0',
      components: { schemas: { Row: row, Page: { items: ref('Row') } } },
    });
    const merged = mergeOpenApi({
      auth: { ...withRow({ type: 'string' }), paths: { '/a': { get: { operationId: 'list', schema: ref('Page') } } } },
      command: none,
      query: { ...withRow({ type: 'number' }), paths: { '/q': { get: { operationId: 'list', all: [ref('Page')] } } } },
      projections: none,
    });
    expect(merged.components).toEqual({
      schemas: {
        Row: { type: 'string' },
        Page: { items: ref('Row') },
        query_Row: { type: 'number' },
        query_Page: { items: ref('query_Row') },
      },
    });
    expect(merged.paths).toEqual({
      '/a': { get: { operationId: 'list', schema: ref('Page') } },
      '/q': { get: { operationId: 'query_list', all: [ref('query_Page')] } },
    });
  });

  it('says which services are missing', () => {
    expect(mergeOpenApi({ auth: none, command: null, query: none, projections: null }).info.description).toMatch(
      /command, projections/,
    );
    expect(mergeOpenApi({ auth: none, command: none, query: none, projections: none }).info.description).not.toMatch(/Missing/);
  });
});
