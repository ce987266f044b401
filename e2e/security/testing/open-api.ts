import { findRoute } from '@rewards/contracts';

/** The subset of JSON Schema that the services use for requests. */
type SchemaType = 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean' | 'null';

export interface Schema {
  readonly $ref?: string;
  /** A list for a value that may be null. */
  readonly type?: SchemaType | readonly SchemaType[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly oneOf?: readonly Schema[];
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly schema: Schema;
}

interface DocumentedOperation {
  readonly parameters?: readonly (Parameter | { readonly $ref: string })[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> };
}

export interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  readonly components: { readonly [Kind in 'schemas' | 'parameters']: Readonly<Record<string, unknown>> };
}

export interface Operation {
  readonly name: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly parameters: readonly Parameter[];
  /** Null if the document describes no body. */
  readonly body: Schema | null;
}

/** Resolves a reference. Returns anything else unchanged. */
export type Resolve = <Described extends object>(described: Described | { readonly $ref: string }) => Described;

export const resolveIn =
  ({ components }: OpenApi): Resolve =>
  <Described extends object>(described: Described | { readonly $ref: string }): Described => {
    if (!('$ref' in described) || typeof described.$ref !== 'string') return described as Described;
    const [, , kind = '', name = ''] = described.$ref.split('/');
    const target = components[kind as keyof OpenApi['components']]?.[name];
    if (!target) throw new Error(`${described.$ref} does not exist`);
    return resolveIn({ openapi: '', paths: {}, components })(target as Described);
  };

/** Returns the operations of a document that the route table lists. Health is not among them. */
export const operationsOf = (document: OpenApi): Operation[] =>
  Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([method]) => findRoute(method.toUpperCase(), path) !== null)
      .map(([method, { parameters = [], requestBody }]) => ({
        name: `${method.toUpperCase()} ${path}`,
        method: method.toUpperCase() as Operation['method'],
        path,
        parameters: parameters.map((parameter) => resolveIn(document)<Parameter>(parameter)),
        body: requestBody?.content?.['application/json']?.schema ?? null,
      })),
  );
