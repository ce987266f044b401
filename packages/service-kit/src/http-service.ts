import 'reflect-metadata';
import { createServer, type IncomingMessage } from 'node:http';
import { METHOD_METADATA, PATH_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum';
import { NestFactory, DiscoveryService, DiscoveryModule, MetadataScanner } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Module, RequestMethod, type DynamicModule } from '@nestjs/common';
import { MAX_PATH_LENGTH, NOT_PROCESSED_HEADER, ROUTES, TIME_LIMITS, type ServiceName } from '@rewards/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { authorize, type Identify } from './access';
import { guardConnections, type Connections, type RequestHandler } from './connections';
import { engineErrorOf, Failures } from './failures';
import { checkReadiness, type Readiness, type ReadinessCheck } from './health';
import { bodyOf } from './incoming-body';
import { hasRequestId, IDEMPOTENCY_KEY, withRequestId } from './idempotency';
import { objectKeyOf, parseJsonBody } from './json-body';
import type { Logger } from './logger';
import { Metrics } from './metrics';
import { processOf } from './process-names';
import { serveOpenApi } from './open-api';
import { invalid, problem } from './problem';
import { ProblemFilter } from './problem.filter';
import type { AnyRejectionTable } from './rejections';
import { hostFault, requestIdOf } from './request-head';
import { DATA_HEADERS, DOCUMENTATION_HEADERS } from './security-headers';
import { requireDecodableQuery, toNfc } from './text';
import { beginRequestSpan } from './tracing';
import { createValidationPipe } from './validation';
import './request-context';

const METRICS_PATH = '/metrics';

/** The HTTP side of a service; the caller listens and closes. */
export type HttpService = NestFastifyApplication;

export interface HttpServiceOptions {
  readonly service: ServiceName;
  /** Controllers and providers. */
  readonly module: DynamicModule;
  readonly logger: Logger;
  readonly identify: Identify;
  /** The problem for each rejection reason of the service. */
  readonly rejections?: AnyRejectionTable;
  /** Engines and parts that `GET /health/ready` reports. */
  readonly readiness: Readonly<Record<string, ReadinessCheck>>;
  /** Parts that it reports as well, but that do not affect readiness. */
  readonly reported?: Readonly<Record<string, ReadinessCheck>>;
  readonly metrics?: Metrics;
  /** Responses to the internal network that need no token, by path. The gateway does not forward these paths. */
  readonly internal?: Readonly<Record<string, () => Promise<unknown>>>;
  /** Logs the failures of engines and parts. */
  readonly failures?: Failures;
  /** How long a request may take until its response begins, in milliseconds. */
  readonly timeLimitMs?: number;
  /** How long a client may accept no byte of its response, in milliseconds. */
  readonly stallMs?: number;
}

/**
 * Builds the HTTP side of a service: authorization before the body is read, validated bodies and queries, problem+json for every
 * rejection, health, metrics and OpenAPI. The caller listens and closes.
 * @throws Error if a handler serves a route that is not in the route table
 */
export const createHttpService = async ({
  service,
  module,
  logger,
  identify,
  rejections = {},
  readiness,
  reported = {},
  metrics = new Metrics(processOf(service)),
  internal = {},
  failures = new Failures(logger, { metrics }),
  timeLimitMs = TIME_LIMITS.serviceMs,
  stallMs,
}: HttpServiceOptions): Promise<HttpService> => {
  let connections: Connections | null = null;
  const adapter = new FastifyAdapter({
    routerOptions: { maxParamLength: MAX_PATH_LENGTH, ignoreTrailingSlash: false, caseSensitive: true },
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      beginRequest(request, reply);
      filter.answer(error, request, reply);
    },
    serverFactory: (handle: RequestHandler) => {
      const server = createServer();
      // Longer than the timeout of the gateway, so that the gateway never sends on a connection that is being closed.
      server.keepAliveTimeout = 72_000;
      connections = guardConnections(server, handle, {
        logger,
        lateHeaders: { [NOT_PROCESSED_HEADER]: 'stopping' },
        ...(stallMs === undefined ? {} : { stallMs }),
        onStall: (request) => logger.info({ method: request?.method }, 'reader disconnected: it accepted no byte for too long'),
      });
      return server;
    },
    // `guardConnections` responds instead.
    clientErrorHandler: () => undefined,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: true,
  });
  const filter = new ProblemFilter(logger, rejections, failures);
  const internalPaths = new Set([METRICS_PATH, ...Object.keys(internal)]);
  const fastify = adapter.getInstance();

  fastify.decorateRequest('context');
  fastify.addHook('onRequest', async (request, reply) => {
    beginRequest(request, reply);
    try {
      const { url = '/' } = request.raw;
      const fault = hostFault(request.raw);
      if (fault) throw invalid(fault);
      const identity = await authorize(service, request.method, url, request.headers.authorization, identify, internalPaths);
      request.context = { ...request.context, identity };
      requireDecodableQuery(url);
      request.params = toNfc(request.params);
      request.query = toNfc(request.query);
    } catch (error) {
      filter.answer(error, request, reply);
      return reply;
    }
  });
  // `drain` rejects later requests, so the framework's own 503 is never sent.
  fastify.addHook('preClose', async () => connections?.drain());
  fastify.addHook('onResponse', async (request, reply) => {
    const { url: route = 'unknown' } = request.routeOptions;
    metrics.observeRequest(request.method, route, reply.statusCode, reply.elapsedTime / 1_000);
    if (!logger.isLevelEnabled('debug')) return;
    logger.debug(
      {
        ...request.context,
        identity: undefined,
        method: request.method,
        route,
        status: reply.statusCode,
        ms: reply.elapsedTime,
      },
      'request',
    );
  });
  const handlers = new Map<string, Handler>();
  fastify.addHook('onRoute', (route) => {
    const pattern = toTablePath(route.url);
    const handler = handlers.get(`${String(route.method).replace('HEAD', 'GET')} ${pattern}`);
    route.config = { ...route.config, pattern, ...(handler && { handler }) };
    // Set when the response is sent, because the handler of the files sets its own headers.
    if (/^\/api-docs(\/|$)/.test(route.url)) route.onSend = async (_request, reply) => void reply.headers(DOCUMENTATION_HEADERS);
  });
  fastify.removeAllContentTypeParsers();
  // `guardConnections` reads bodies, with the limit of their route.
  fastify.addContentTypeParser('application/json', async (request: FastifyRequest, raw: IncomingMessage) => {
    const body = await bodyOf(raw)?.read();
    if (body === null) throw invalid({ field: 'body', message: 'did not arrive completely' });
    return body && parseJsonBody(body, request.routeOptions.config.handler?.insteadOfList);
  });

  const app = await NestFactory.create<NestFastifyApplication>(ServiceModule.around(module), adapter, {
    logger: false,
    bodyParser: false,
    abortOnError: false,
  });
  app.useGlobalFilters(filter);
  app.useGlobalPipes(createValidationPipe());
  assertRoutesAreListed(app, service);
  for (const handler of handlersOf(app)) handlers.set(handler.route, handler);
  fastify.addHook('preHandler', async (request, reply) => {
    const { handler } = request.routeOptions.config;
    const field = handler?.takesQuery === false ? Object.keys(request.query as object)[0] : objectKeyOf(request.query);
    try {
      if (field !== undefined) throw invalid({ field: field.slice(0, 200), message: 'is not a known field' });
      if (handler?.takesRequestId) request.body = withRequestId(request.body, request.headers[IDEMPOTENCY_KEY.toLowerCase()]);
    } catch (error) {
      filter.answer(error, request, reply);
      return reply;
    }
    if (handler) limitTime(request, reply);
  });
  /** Responds while the gateway still waits. The handler continues, and its result is discarded. */
  const limitTime = (request: FastifyRequest, reply: FastifyReply): void => {
    // Not Fastify's handlerTimeout, which ends when a body has been read.
    const timer = setTimeout(
      () => {
        const detail = `The request did not finish within ${timeLimitMs / 1_000} s. It may have taken effect: retry it unchanged.`;
        if (!reply.sent && !reply.raw.headersSent) filter.answer(problem('UNAVAILABLE', { detail }), request, reply);
      },
      Math.max(0, timeLimitMs - reply.elapsedTime),
    );
    reply.raw.once('close', () => clearTimeout(timer));
  };

  fastify.get('/health/live', async () => ({ data: { status: 'ok' } }));
  const check = (): Promise<Readiness> =>
    checkReadiness(readiness, reported, {
      observe: (part, error) => {
        const task = `readiness of ${part}`;
        if (error === null) return failures.reportSuccess(task);
        // Parts that are not engines log their failures themselves.
        const engineError = engineErrorOf(part, error);
        if (engineError) failures.reportFailure(task, engineError);
      },
      describe: (part, error) => failures.describe(part, error),
    });
  metrics.gauges('part_up', 'Whether a part that GET /health/ready reports is up (1) or down (0).', 'part', async () => {
    const { parts } = await check();
    return Object.entries(parts).map(([part, state]) => [part, state === 'up' ? 1 : 0]);
  });
  fastify.get('/health/ready', async (request, reply) => {
    const { ready, parts, reasons } = await check();
    const report = Object.keys(reasons).length > 0 ? { parts, reasons } : { parts };
    if (ready) return { data: { status: 'ok', ...report } };
    const down = Object.entries(reasons).map(([part, reason]) => `${part} (${reason})`);
    filter.send(problem('UNAVAILABLE', { detail: `Not ready: ${down.join('; ')}.`, extensions: report }), request, reply);
    return reply;
  });
  for (const [path, answer] of Object.entries(internal)) fastify.get(path, async () => ({ data: await answer() }));
  fastify.get(METRICS_PATH, async (_request, reply) => {
    void reply.type(metrics.registry.contentType);
    return metrics.registry.metrics();
  });
  serveOpenApi(app, service);
  await app.init();
  return app;
};

const beginRequest = (request: FastifyRequest, reply: FastifyReply): void => {
  const requestId = requestIdOf(request.raw);
  const { pattern = 'unlisted' } = request.routeOptions.config;
  const { traceparent, traceId } = beginRequestSpan(pattern, request.raw, reply.raw);
  request.context = { requestId, traceparent, traceId, identity: null };
  // A route may override these headers.
  void reply.headers(DATA_HEADERS).header('x-request-id', requestId);
};

@Module({})
class ServiceModule {
  static around(module: DynamicModule): DynamicModule {
    return { module: ServiceModule, imports: [module, DiscoveryModule] };
  }
}

/** Keeps access closed by default: a handler whose route is not in the table has no access rule. */
const assertRoutesAreListed = (app: NestFastifyApplication, service: ServiceName): void => {
  const listed = new Set(ROUTES.filter((route) => route.service === service).map(({ method, path }) => `${method} ${path}`));
  for (const route of handledRoutes(app)) {
    if (!listed.has(route)) throw new Error(`${route} is not in the route table of ${service}`);
  }
};

interface Handler {
  /** Method and path, as the route table writes them. */
  readonly route: string;
  /** Whether a class reads the query. Otherwise, every query field is rejected. */
  readonly takesQuery: boolean;
  readonly takesRequestId: boolean;
  /** Advice for a client that sends a list instead of an object. */
  readonly insteadOfList: string | undefined;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The path, as the route table writes it. */
    readonly pattern?: string;
    /** Undefined if the route is not in the route table. */
    readonly handler?: Handler;
  }
}

/** Method and path of every handler, as the route table writes them. */
export const handledRoutes = (app: NestFastifyApplication): string[] => handlersOf(app).map(({ route }) => route);

const handlersOf = (app: NestFastifyApplication): Handler[] => {
  const scanner = new MetadataScanner();
  return app
    .get(DiscoveryService, { strict: false })
    .getControllers()
    .flatMap(({ metatype }) => {
      const prototype = (metatype as { prototype: Record<string, unknown> }).prototype;
      const prefix = Reflect.getMetadata(PATH_METADATA, metatype as object) as string;
      return scanner
        .getAllMethodNames(prototype)
        .filter((name) => Reflect.hasMetadata(METHOD_METADATA, prototype[name] as object))
        .map((name) => {
          const handler = prototype[name] as object;
          const method = RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as number] ?? '';
          const path = Reflect.getMetadata(PATH_METADATA, handler) as string;
          const args = Object.keys(
            (Reflect.getMetadata(ROUTE_ARGS_METADATA, metatype as object, name) as object | undefined) ?? {},
          );
          const indexOf = (kind: RouteParamtypes) => args.find((arg) => arg.startsWith(`${kind}:`))?.split(':')[1];
          const types = Reflect.getMetadata('design:paramtypes', prototype, name) as readonly unknown[] | undefined;
          const body = types?.[Number(indexOf(RouteParamtypes.BODY))] as { readonly insteadOfList?: string } | undefined;
          return {
            route: `${method} ${toTablePath(prefix, path)}`,
            takesQuery: indexOf(RouteParamtypes.QUERY) !== undefined,
            takesRequestId: hasRequestId(body),
            insteadOfList: body?.insteadOfList,
          };
        });
    });
};

const toTablePath = (...parts: string[]): string =>
  `/${parts
    .flatMap((part) => part.split('/'))
    .filter(Boolean)
    .join('/')}`.replace(/:([A-Za-z]+)/g, '{$1}');
