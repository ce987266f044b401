import type { OpenApiDocument } from '@rewards/service-kit/open-api-schema';
import { mergeOpenApi } from './merge-open-api';

const none: OpenApiDocument = { openapi: '3.1.0' };
const own: OpenApiDocument = { openapi: '3.1.0' };
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

describe('the merged OpenAPI document', () => {
  it('combines the operations of several services on one path', () => {
    const merged = mergeOpenApi(
      {
        auth: none,
        command: { openapi: '3.1.0', tags: [{ name: 'command' }], paths: { '/events': { post: { operationId: 'create' } } } },
        query: { openapi: '3.1.0', tags: [{ name: 'query' }], paths: { '/events': { get: { operationId: 'list' } } } },
        projections: none,
      },
      own,
    );
    expect(merged.paths).toEqual({ '/events': { post: { operationId: 'create' }, get: { operationId: 'list' } } });
    expect(merged.tags).toEqual([{ name: 'command' }, { name: 'query' }]);
    expect(merged.servers).toEqual([{ url: '/' }]);
    expect(merged.info).toMatchObject({ description: expect.stringContaining('[Rules](/rules)') });
  });

  it('keeps identical schemas of two services once', () => {
    const document = { openapi: '3.1.0', components: { schemas: { Problem: { type: 'object' } } } };
    expect(mergeOpenApi({ auth: document, command: document, query: none, projections: none }, own).components).toEqual({
      schemas: { Problem: { type: 'object' } },
    });
  });

  it('renames the later of two different schemas, the schemas that refer to it, and duplicate operation ids', () => {
    const withRow = (row: object) => ({
      openapi: '3.1.0',
      components: { schemas: { Row: row, Page: { items: ref('Row') } } },
    });
    const merged = mergeOpenApi(
      {
        auth: { ...withRow({ type: 'string' }), paths: { '/a': { get: { operationId: 'list', schema: ref('Page') } } } },
        command: none,
        query: { ...withRow({ type: 'number' }), paths: { '/q': { get: { operationId: 'list', all: [ref('Page')] } } } },
        projections: none,
      },
      own,
    );
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

  it('renames references in discriminator mappings', () => {
    const mapping = (name: string) => ({ oneOf: [ref(name)], discriminator: { mapping: { a: ref(name).$ref } } });
    const withKind = (kind: object) => ({ openapi: '3.1.0', components: { schemas: { Kind: kind, Any: mapping('Kind') } } });
    const { components } = mergeOpenApi(
      { auth: withKind({ type: 'string' }), command: withKind({ type: 'number' }), query: none, projections: none },
      own,
    );
    expect(components.schemas?.command_Any).toEqual(mapping('command_Kind'));
  });

  it('replaces paths of services by the paths that the gateway serves itself', () => {
    const health = (operationId: string) => ({ openapi: '3.1.0', paths: { '/health/live': { get: { operationId } } } });
    const merged = mergeOpenApi({ auth: health('a'), command: none, query: none, projections: none }, health('gateway'));
    expect(merged.paths).toEqual(health('gateway').paths);
  });

  it('lists tags in the order of the tag table', () => {
    const withTags = (...names: string[]) => ({ openapi: '3.1.0', tags: names.map((name) => ({ name })) });
    const documents = { auth: withTags('operations', 'claims'), command: withTags('events'), query: none, projections: none };
    expect(mergeOpenApi(documents, own).tags.map(({ name }) => name)).toEqual(['events', 'claims', 'operations']);
  });

  it('names missing services in its description', () => {
    expect(mergeOpenApi({ auth: none, command: null, query: none, projections: null }, own).info.description).toMatch(
      /command, projections/,
    );
    expect(mergeOpenApi({ auth: none, command: none, query: none, projections: none }, own).info.description).not.toMatch(
      /Missing/,
    );
  });
});
