import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { waitFor } from '@rewards/async';
import {
  diag,
  DiagLogLevel,
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type SpanContext,
} from '@opentelemetry/api';
import type { Logger } from './logger';

/** The ids of a step of a trace. Everything that the step causes carries its `traceparent`, including messages and domain events. */
export interface SpanIds {
  /** W3C, version 00. */
  readonly traceparent: string;
  /** 32 hexadecimal digits. */
  readonly traceId: string;
}

export interface Span extends SpanIds {
  /** @param failed whether the step failed, as opposed to being rejected */
  end(attributes: Attributes, failed: boolean): void;
}

/** Does nothing until `startTracing` registers a provider. */
const tracer = trace.getTracer('login-rewards');

/**
 * Begins the span of a request, which ends with its response.
 * @param route the pattern, never the path
 */
export const beginRequestSpan = (route: string, request: IncomingMessage, response: ServerResponse): SpanIds => {
  const { method = '', headers } = request;
  const span = beginSpan(`${method} ${route}`, headers.traceparent as string | undefined, SpanKind.SERVER);
  response.once('close', () => {
    const { statusCode } = response;
    const attributes = { 'http.request.method': method, 'http.route': route, 'http.response.status_code': statusCode };
    span.end(attributes, statusCode >= 500);
  });
  return span;
};

/**
 * Begins a span. It has its own ids even if no spans are exported.
 * @param name from a small set, such as the name of a command
 * @param parent the `traceparent` of its cause; if that is missing or malformed, a new trace begins
 */
export const beginSpan = (name: string, parent: string | undefined, kind: SpanKind = SpanKind.INTERNAL): Span => {
  const cause = parseTraceparent(parent);
  const span = tracer.startSpan(name, { kind }, cause ? trace.setSpanContext(ROOT_CONTEXT, cause) : ROOT_CONTEXT);
  const { traceId, spanId, traceFlags } = ownContext(span.spanContext(), cause);
  return {
    traceId,
    traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
    end: (attributes, failed) => {
      span.setAttributes(attributes);
      if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
  };
};

/** Returns the ids of a span, which are new ones if the tracer exports nothing and returns the context of the cause. */
const ownContext = (context: SpanContext, cause: SpanContext | null): SpanContext =>
  isSpanContextValid(context) && context.spanId !== cause?.spanId
    ? context
    : { traceId: cause?.traceId ?? randomHex(32), spanId: randomHex(16), traceFlags: 1 };

/** Generates the id of a trace without a span. */
export const newTraceId = (): string => randomHex(32);

/** Takes the digits of a UUID, because Node caches random bytes for UUIDs, and `randomBytes` makes a system call each time. */
const randomHex = (digits: number): string => randomUUID().replaceAll('-', '').slice(-digits);

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

const parseTraceparent = (traceparent: string | undefined): SpanContext | null => {
  const [, traceId = '', spanId = '', flags = ''] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  // Only the first flag is defined: sampled.
  const context = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
  return isSpanContextValid(context) ? context : null;
};

export interface Tracing {
  /** Sends the remaining spans, for at most two seconds. */
  close(): Promise<void>;
}

const FLUSH_PATIENCE_MS = 2_000;

/**
 * Sends the spans of this process to an OpenTelemetry collector, by OTLP over HTTP. Headers, sampling and batches follow the
 * `OTEL_…` settings of the SDK. If the collector is unavailable, spans are lost and logged as such; nothing else is affected.
 * @param endpoint URL of the collector, without `/v1/traces`; null sends and loads nothing
 */
export const startTracing = async (service: string, endpoint: string | null, logger: Logger): Promise<Tracing> => {
  if (endpoint === null) return { close: async () => undefined };
  const [{ BasicTracerProvider, BatchSpanProcessor }, { OTLPTraceExporter }, resources] = await Promise.all([
    import('@opentelemetry/sdk-trace-base'),
    import('@opentelemetry/exporter-trace-otlp-proto'),
    import('@opentelemetry/resources'),
  ]);
  const warn = (message: string) =>
    logger.warn({ problem: message.slice(0, 1_000) }, 'tracing: the OpenTelemetry SDK reported a problem');
  diag.setLogger({ error: warn, warn, info: warn, debug: warn, verbose: warn }, { logLevel: DiagLogLevel.WARN });
  const { defaultResource, detectResources, envDetector, resourceFromAttributes } = resources;
  const provider = new BasicTracerProvider({
    resource: defaultResource()
      .merge(detectResources({ detectors: [envDetector] }))
      .merge(resourceFromAttributes({ 'service.name': service })),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: `${endpoint}/v1/traces` }))],
  });
  trace.setGlobalTracerProvider(provider);
  return {
    close: async () => {
      const flushed = provider.shutdown().catch((error: unknown) => warn(String(error)));
      await waitFor(flushed, { ms: FLUSH_PATIENCE_MS, ref: false });
    },
  };
};
