import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import { isEmail, normaliseEmail } from '@rewards/contracts';
import { RESPONSE_HEADERS, type ResponseHeader } from '@rewards/service-kit/open-api-headers';
import type { Json, OpenApiDocument } from '@rewards/service-kit/open-api-schema';

/** One request and its response. */
export interface Exchange {
  readonly method: string;
  /** Path with its query. */
  readonly url: string;
  /** The parsed body; undefined if there was none. */
  readonly requestBody?: unknown;
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, unknown>>;
  /** As text, or parsed where it is JSON. */
  readonly body: unknown;
}

const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
const isTime = (text: string): boolean => /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(text) && !Number.isNaN(Date.parse(text));
const isDate = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
const isEmailAddress = (text: string): boolean => isEmail(normaliseEmail(text));
const FORMATS = { uuid: isUuid, date: isDate, email: isEmailAddress, 'uri-reference': true } as const;
/** Times in responses are UTC with milliseconds. */
const isResponseTime = (text: string): boolean => isTime(text) && new Date(text).toISOString() === text;

/** Headers that any response may have, described or not. */
const UNDESCRIBED: ReadonlySet<string> = new Set(['RateLimit', 'RateLimit-Policy', 'Cache-Control', 'X-Request-Id']);

interface Operation {
  readonly requestBody?: { readonly required?: boolean; readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, Json>>;
}

interface Media {
  readonly schema: Json;
}

interface Response {
  readonly headers?: Readonly<Record<string, Json>>;
  readonly content?: Readonly<Record<string, Media>>;
}

/**
 * Checks requests and responses against an OpenAPI document, and more strictly than it: an object must not have members outside
 * its schema, nor a response any header of the API that is not described for it.
 */
export class ApiContract {
  private readonly document: OpenApiDocument;
  private readonly patterns: readonly Pattern[];
  private readonly ofRequests: Validators;
  private readonly ofResponses: Validators;

  /** @param document OpenAPI 3.1, of the gateway or of one service */
  constructor(document: OpenApiDocument) {
    this.document = closed(document) as OpenApiDocument;
    this.patterns = patternsOf(Object.keys(this.document.paths ?? {}));
    this.ofRequests = new Validators(this.document, isTime);
    this.ofResponses = new Validators(this.document, isResponseTime);
  }

  /** @returns the faults of the response; empty if it matches its description */
  responseViolations(exchange: Exchange): readonly string[] {
    const { method, url, status, headers, body } = exchange;
    const operation = this.operationOf(method, url);
    // Unknown paths and methods, and malformed paths, are rejected before any operation.
    if (!operation) return [400, 401, 404, 405].includes(status) ? [] : [`${method} ${url} is not described`];
    const response = this.resolve(operation.responses[status]) as Response | undefined;
    if (!response) return [`status ${status} is not described`];
    const faults = this.headerFaults(response, headers);
    if (method === 'HEAD') return faults;
    const type = String(headers['content-type'] ?? '').split(';')[0] ?? '';
    if (!response.content) return body === '' || body == null ? faults : [...faults, 'a body is not described'];
    const media = response.content[type];
    if (!media) return [...faults, `type ${type} is not described`];
    return [...faults, ...this.ofResponses.faultsOf(media.schema, this.parsed(type, body), 'response')];
  }

  /** @returns the faults of the body of an accepted request; empty if it matches its description */
  requestViolations({ method, url, requestBody }: Exchange): readonly string[] {
    const described = this.operationOf(method, url)?.requestBody;
    if (requestBody === undefined) return described?.required ? ['a body is described as required'] : [];
    const media = described?.content['application/json'];
    return media ? this.ofRequests.faultsOf(media.schema, requestBody, 'request') : ['a body of the request is not described'];
  }

  /** Checks a value against a schema of the document, as in a request. */
  schemaViolations(schema: Json, value: unknown, at: string): readonly string[] {
    return this.ofRequests.faultsOf(closed(schema) as Json, value, at);
  }

  private operationOf(method: string, url: string): Operation | undefined {
    const path = url.split('?')[0] ?? '';
    const key = (method === 'HEAD' ? 'GET' : method).toLowerCase();
    const found = this.patterns.find(({ template, pattern }) => pattern.test(path) && this.document.paths?.[template]?.[key]);
    return found && (this.document.paths?.[found.template]?.[key] as Operation);
  }

  private headerFaults({ headers: described = {} }: Response, headers: Exchange['headers']): string[] {
    return (Object.keys(RESPONSE_HEADERS) as ResponseHeader[]).flatMap((name) => {
      const value = headers[name.toLowerCase()];
      const header = this.resolve(described[name]);
      if (!header) return value === undefined || UNDESCRIBED.has(name) ? [] : [`the header ${name} is not described`];
      if (value === undefined) return header.required === true ? [`the header ${name} is missing`] : [];
      const schema = header.schema as Json;
      return this.ofResponses.faultsOf(schema, schema.type === 'integer' ? Number(value) : value, `header ${name}`);
    });
  }

  private resolve(value: Json | undefined): Json | undefined {
    const { $ref } = value ?? {};
    if (typeof $ref !== 'string') return value;
    const [, , kind = '', name = ''] = $ref.split('/');
    return this.document.components?.[kind]?.[name] as Json | undefined;
  }

  private parsed(type: string, body: unknown): unknown {
    return typeof body === 'string' && isJson(type) ? JSON.parse(body) : body;
  }
}

/** Whether a body of this media type is one JSON text. Lines of JSON are not. */
export const isJson = (type: string): boolean => /^application\/([\w.-]+\+)?json\b/.test(type);

interface Pattern {
  readonly template: string;
  readonly pattern: RegExp;
}

/** Sorts literal paths before paths with parameters. */
const patternsOf = (templates: readonly string[]): readonly Pattern[] =>
  templates
    .toSorted((a, b) => a.split('{').length - b.split('{').length)
    .map((template) => {
      const literal = template.replace(/[.*+?^$()|[\]\\]/g, '\\$&');
      return { template, pattern: new RegExp(`^${literal.replace(/\{[^}]+\}/g, '[^/]+')}$`) };
    });

const BASE = 'api';
const MAX_FAULTS = 5;

/** Compiles each schema once. */
class Validators {
  private readonly ajv: Ajv2020;
  private readonly compiled = new Map<Json, ValidateFunction>();

  constructor({ components = {} }: OpenApiDocument, isTimeHere: (text: string) => boolean) {
    const fail = (fault: unknown): never => {
      throw new Error(String(fault));
    };
    this.ajv = new Ajv2020({
      strict: false,
      allErrors: true,
      formats: { ...FORMATS, 'date-time': isTimeHere },
      // By default, an unknown format causes only a warning.
      logger: { log: fail, warn: fail, error: fail },
    });
    this.ajv.addSchema({ $id: BASE, components: withBase(components) } as object);
  }

  faultsOf(schema: Json, value: unknown, at: string): string[] {
    let validate = this.compiled.get(schema);
    if (!validate) this.compiled.set(schema, (validate = this.ajv.compile(withBase(schema) as object)));
    if (validate(value)) return [];
    return (validate.errors ?? [])
      .map(({ instancePath, message, params }) => `${at}${instancePath} ${message}: ${JSON.stringify(params)}`)
      .slice(0, MAX_FAULTS);
  }
}

/** Makes references resolve in the document, regardless of where the schema is compiled. */
const withBase = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (key, item: unknown) =>
    key === '$ref' && typeof item === 'string' ? `${BASE}${item}` : item,
  );

/** Forbids additional properties in each object schema that lists properties. */
const closed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const copy = Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, name.startsWith('example') ? item : closed(item)]),
  );
  const isOpen = copy.type === 'object' && typeof copy.properties === 'object' && copy.additionalProperties === undefined;
  return isOpen ? { ...copy, additionalProperties: false } : copy;
};
