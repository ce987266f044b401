import { isDeepStrictEqual } from 'node:util';
import type { ServiceName } from '@rewards/contracts';
import { CONTACT, LICENSE } from '@rewards/service-kit/license';
import { OPENAPI_VERSION, reference, type Json, type OpenApiDocument } from '@rewards/service-kit/open-api-schema';
import { TAGS } from '@rewards/service-kit/operations';

/** The document of each service; null if the service did not answer. */
export type ServiceDocuments = Readonly<Record<ServiceName, OpenApiDocument | null>>;

interface Merged {
  openapi: string;
  info: Json;
  servers: readonly Json[];
  tags: { readonly name: string }[];
  paths: Record<string, Json>;
  components: Record<string, Record<string, unknown>>;
}

/**
 * Merges the OpenAPI documents of the services into one. Identical components are kept once. If two components with the same
 * name differ, the later one is prefixed with the name of its service. Duplicate operation ids are prefixed likewise.
 * @param own the paths that the gateway serves itself; they replace the same paths of services
 */
export const mergeOpenApi = (documents: ServiceDocuments, own: OpenApiDocument): Merged => {
  const entries = Object.entries(documents) as [ServiceName, OpenApiDocument | null][];
  const missing = entries.filter(([, document]) => document === null).map(([service]) => service);
  const merged: Merged = {
    openapi: OPENAPI_VERSION,
    info: { title: 'Login rewards', version: '1', description: descriptionOf(missing), contact: CONTACT, license: LICENSE },
    servers: [{ url: '/' }],
    tags: [],
    paths: {},
    components: {},
  };
  const operationIds = new Set<string>();
  const ownPaths = own.paths ?? {};
  for (const [service, document] of entries) {
    if (document) mergeInto(merged, service, withoutPaths(document, ownPaths), operationIds);
  }
  mergeInto(merged, 'gateway', own, operationIds);
  const order = Object.keys(TAGS);
  merged.tags.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  return merged;
};

const withoutPaths = ({ paths = {}, ...document }: OpenApiDocument, removed: Json): OpenApiDocument => ({
  ...document,
  paths: Object.fromEntries(Object.entries(paths).filter(([path]) => !Object.hasOwn(removed, path))),
});

const descriptionOf = (missing: readonly ServiceName[]): string =>
  [
    'All services behind the gateway. [Rules](/rules) ([한국어](/rules/ko)) says what counts, how milestones, cycles, automatic completion, amounts and deadlines work, and in which order requests are rejected.',
    ...(missing.length > 0 ? [`Missing, because these services are unavailable: ${missing.join(', ')}.`] : []),
  ].join(' ');

const mergeInto = (
  merged: Merged,
  service: ServiceName | 'gateway',
  document: OpenApiDocument,
  operationIds: Set<string>,
): void => {
  const renamed = renamedComponents(merged, service, document);
  const { paths = {}, components = {}, tags = [] } = withRenamedReferences(document, renamed) as OpenApiDocument;
  for (const [kind, named] of Object.entries(components)) {
    const all = (merged.components[kind] ??= {});
    for (const [name, component] of Object.entries(named)) all[renamed.get(reference(kind, name))?.name ?? name] ??= component;
  }
  for (const [path, operations] of Object.entries(paths)) {
    merged.paths[path] = { ...merged.paths[path], ...withUniqueIds(operations, service, operationIds) };
  }
  for (const tag of tags) if (!merged.tags.some(({ name }) => name === tag.name)) merged.tags.push(tag);
};

interface Renamed {
  readonly name: string;
  readonly reference: string;
}

/**
 * Finds the components to rename, by their old reference. A component that refers to a renamed one differs from its namesake
 * too, so the search is repeated until nothing changes.
 */
const renamedComponents = (
  merged: Merged,
  service: ServiceName | 'gateway',
  document: OpenApiDocument,
  previous: ReadonlyMap<string, Renamed> = new Map(),
): ReadonlyMap<string, Renamed> => {
  const { components = {} } = withRenamedReferences(document, previous) as OpenApiDocument;
  const renamed = new Map<string, Renamed>();
  for (const [kind, named] of Object.entries(components)) {
    for (const [name, component] of Object.entries(named)) {
      const namesake = merged.components[kind]?.[name];
      if (namesake === undefined || isDeepStrictEqual(namesake, component)) continue;
      const newName = `${service}_${name}`;
      renamed.set(reference(kind, name), { name: newName, reference: reference(kind, newName) });
    }
  }
  return renamed.size === previous.size ? renamed : renamedComponents(merged, service, document, renamed);
};

/** Replaces references under `$ref` and in discriminator mappings. */
const withRenamedReferences = (value: unknown, renamed: ReadonlyMap<string, Renamed>): unknown => {
  if (renamed.size === 0) return value;
  if (typeof value === 'string') return renamed.get(value)?.reference ?? value;
  if (Array.isArray(value)) return value.map((item) => withRenamedReferences(item, renamed));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withRenamedReferences(item, renamed)]));
};

const withUniqueIds = (operations: Json, service: ServiceName | 'gateway', usedIds: Set<string>): Json =>
  Object.fromEntries(
    Object.entries(operations).map(([method, operation]) => {
      const id = (operation as { operationId?: unknown } | null)?.operationId;
      if (typeof id !== 'string') return [method, operation];
      const operationId = usedIds.has(id) ? `${service}_${id}` : id;
      usedIds.add(operationId);
      return [method, { ...(operation as Json), operationId }];
    }),
  );
