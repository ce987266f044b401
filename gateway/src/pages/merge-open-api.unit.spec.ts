import type { OpenApiDocument } from '@rewards/service-kit/open-api-schema';
import { mergeOpenApi } from './merge-open-api';

const none: OpenApiDocument = { openapi: '3.1.0' };
/** The documents of the services without operations. */
const nothing = { auth: none, command: none, delivery: none, query: none, projections: none };
const own: OpenApiDocument = { openapi: '3.1.0' };
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

describe('the merged OpenAPI document', () => {
  it('combines the operations of several services on one path', () => {
    const merged = mergeOpenApi(
      {
        ...nothing,
        command: { openapi: '3.1.0', tags: [{ name: 'command' }], paths: { '/events': { post: { operationId: 'create' } } } },
        query: { openapi: '3.1.0', tags: [{ name: 'query' }], paths: { '/events': { get: { operationId: 'list' } } } },
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
    expect(mergeOpenApi({ ...nothing, auth: document, command: document }, own).components).toEqual({
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
        ...nothing,
        auth: { ...withRow({ type: 'string' }), paths: { '/a': { get: { operationId: 'list', schema: ref('Page') } } } },
        query: { ...withRow({ type: 'number' }), paths: { '/q': { get: { operationId: 'list', all: [ref('Page')] } } } },
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
      { ...nothing, auth: withKind({ type: 'string' }), command: withKind({ type: 'number' }) },
      own,
    );
    expect(components.schemas?.command_Any).toEqual(mapping('command_Kind'));
  });

  it('replaces paths of services by the paths that the gateway serves itself', () => {
    const health = (operationId: string) => ({ openapi: '3.1.0', paths: { '/health/live': { get: { operationId } } } });
    const merged = mergeOpenApi({ ...nothing, auth: health('a') }, health('gateway'));
    expect(merged.paths).toEqual(health('gateway').paths);
  });

  it('lists tags in the order of the tag table', () => {
    const withTags = (...names: string[]) => ({ openapi: '3.1.0', tags: names.map((name) => ({ name })) });
    const documents = { ...nothing, auth: withTags('operations', 'claims'), command: withTags('events') };
    expect(mergeOpenApi(documents, own).tags.map(({ name }) => name)).toEqual(['events', 'claims', 'operations']);
  });

  it('names missing services in its description', () => {
    expect(mergeOpenApi({ ...nothing, command: null, projections: null }, own).info.description).toMatch(/command, projections/);
    expect(mergeOpenApi(nothing, own).info.description).not.toMatch(/Missing/);
  });
});
