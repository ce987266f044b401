import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';

/** An answer of a service, as far as its OpenAPI document describes it. */
export interface Answered {
  readonly method: string;
  /** With or without its query. */
  readonly path: string;
  readonly status: number;
  readonly contentType: string | undefined;
  /** Null for a body that is not read as a whole, of which only the content type is compared. */
  readonly text: string | null;
}

/** Compares an answer with an OpenAPI document. @returns what the document does not describe; nothing where it describes all */
export type Conformance = (answered: Answered) => readonly string[];

type Schema = Readonly<Record<string, unknown>>;

interface Described {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}

/** The part of an OpenAPI document, 3.0 or 3.1, that describes answers. */
export interface OpenApiDocument {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly responses?: Readonly<Record<string, Described>> }>>>
  >;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

/** What every service answers beside its operations. A document may describe these pages; where it does, it is checked. */
const PAGES = /^\/(health(\/(live|ready))?|metrics|api-docs(\.json|\.yaml|\/.*)?|internal\/.*)$/;
/** Whether a path is of a page that every service answers, described or not. */
export const isPage = (path: string): boolean => PAGES.test(path.split('?')[0] ?? '');

const JSON_TYPE = /^application\/(problem\+)?json$/;
const PROBLEM = 'application/problem+json';
const DOCUMENT = 'document';

const FORMATS: Readonly<Record<string, RegExp | ((text: string) => boolean)>> = {
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  // Answers tell times in UTC with milliseconds.
  'date-time': (text) => !Number.isNaN(Date.parse(text)) && new Date(text).toISOString() === text,
  date: /^\d{4}-\d{2}-\d{2}$/,
  email: /^[^@\s]+@[^@\s]+$/,
  uri: /^[a-z][a-z0-9+.-]*:\S+$/i,
};

/** Makes the check of one document; schemas accept no member that they do not name, whatever they leave out. */
export const conformanceTo = (document: OpenApiDocument): Conformance => {
  const schemas = document.components?.schemas ?? {};
  const ajv = new Ajv2020({ strict: false, allErrors: true, formats: { ...FORMATS } });
  const openSchemas = Object.entries(schemas).map(([name, schema]) => [name, closeInside(schema, schemas)]);
  ajv.addSchema({ $id: DOCUMENT, components: { schemas: Object.fromEntries(openSchemas) as Schema } });
  const compiled = new Map<Schema, ValidateFunction>();
  const faultsIn = (schema: Schema, text: string): string[] => {
    const validate = compiled.get(schema) ?? ajv.compile(withAbsoluteReferences(close(schema, schemas)));
    compiled.set(schema, validate);
    const value = parse(text);
    if (value === undefined) return ['its body is not JSON'];
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath || 'the body'} ${message} ${JSON.stringify(params)}`,
    );
  };
  const operationAt = operationFinder(document);

  return ({ method, path, status, contentType, text }) => {
    const [pathname = ''] = path.split('?');
    const [type = ''] = (contentType ?? '').split(';');
    const responses = operationAt(method === 'HEAD' ? 'GET' : method, pathname);
    if (!responses && PAGES.test(pathname)) return [];
    const isProblem = status >= 400;
    // The layer below the operations answers these: no such path, method or token.
    if (!responses && isProblem) return method === 'HEAD' ? [] : problemFaults(type, text);
    if (!responses) return ['no operation describes it'];
    const described = responses[String(status)] ?? responses[`${String(status)[0]}XX`];
    if (!described) return [`its status ${status} is not described`];
    if (method === 'HEAD') return [];
    if (!described.content) return text === '' ? [] : ['its body is not described'];
    const { schema } = described.content[type] ?? {};
    if (!described.content[type]) return [`its content type ${type} is not described`];
    return schema && JSON_TYPE.test(type) && text !== null ? faultsIn(schema, text) : [];
  };

  function problemFaults(type: string, text: string | null): string[] {
    if (type === PROBLEM) return text === null ? [] : faultsIn(PROBLEM_REFERENCE, text);
    return [`its content type is ${type}, not ${PROBLEM}`];
  }
};

const PROBLEM_REFERENCE: Schema = { $ref: '#/components/schemas/Problem' };

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

/** Of the operation of a path: a path that is written out goes before one with parameters. */
const operationFinder = ({ paths }: OpenApiDocument) => {
  const templates = Object.keys(paths)
    .map((template) => ({ template, parameters: template.split('{').length, pattern: patternOf(template) }))
    .sort((a, b) => a.parameters - b.parameters);
  return (method: string, pathname: string) => {
    const found = templates.find(({ template, pattern }) => pattern.test(pathname) && paths[template]?.[method.toLowerCase()]);
    return found && paths[found.template]?.[method.toLowerCase()]?.responses;
  };
};

const patternOf = (template: string): RegExp =>
  new RegExp(`^${template.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{[^}]+\}/g, '[^/]+')}$`);

const IN_PLACE = ['allOf', 'oneOf', 'anyOf'] as const;

/**
 * Closes a schema where it describes a value: `unevaluatedProperties` sees the members that references and alternatives name.
 * An object that names no members at all is free-form and stays open.
 */
const close = (schema: Schema, schemas: Readonly<Record<string, Schema>>): Schema => {
  const inside = closeInside(schema, schemas);
  return namesMembers(schema, schemas) ? { ...inside, unevaluatedProperties: false } : inside;
};

const namesMembers = (schema: Schema, schemas: Readonly<Record<string, Schema>>): boolean => {
  if (schema.additionalProperties !== undefined) return false;
  const target = typeof schema.$ref === 'string' ? schemas[schema.$ref.split('/').at(-1) ?? ''] : undefined;
  if (target && namesMembers(target, schemas)) return true;
  return (
    schema.properties !== undefined || IN_PLACE.some((key) => partsOf(schema, key).some((part) => namesMembers(part, schemas)))
  );
};

const partsOf = (schema: Schema, key: string): readonly Schema[] => (schema[key] as readonly Schema[] | undefined) ?? [];

/** Closes the values inside a schema, not the schema itself: another may extend it. OpenAPI 3.0's `nullable` becomes a type. */
const closeInside = ({ nullable, ...schema }: Schema, schemas: Readonly<Record<string, Schema>>): Schema => {
  const closed: Record<string, unknown> = { ...schema };
  const properties = Object.entries((schema.properties ?? {}) as Readonly<Record<string, Schema>>);
  if (schema.properties) closed.properties = Object.fromEntries(properties.map(([name, value]) => [name, close(value, schemas)]));
  for (const key of ['items', 'additionalProperties']) {
    if (typeof schema[key] === 'object') closed[key] = close(schema[key] as Schema, schemas);
  }
  for (const key of IN_PLACE) if (schema[key]) closed[key] = partsOf(schema, key).map((part) => closeInside(part, schemas));
  return nullable === true ? { anyOf: [closed, { type: 'null' }] } : closed;
};

const withAbsoluteReferences = (schema: Schema): Schema =>
  JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', `"$ref":"${DOCUMENT}#/`)) as Schema;
