/**
 * Traces by OpenTelemetry, sent as OTLP over HTTP in JSON. Loaded only where OTEL_EXPORTER_OTLP_ENDPOINT is set; the
 * exporter reads its variables (OTEL_EXPORTER_OTLP_…) itself. A trace begins where a request does, or goes on the one
 * that its `traceparent` names. What nobody asked for, such as a heartbeat, has no span.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import {
  type Context,
  DiagLogLevel,
  diag,
  isSpanContextValid,
  type Tracer as OpenTelemetryTracer,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { defaultResource, resourceFromAttributes } from "@opentelemetry/resources";
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { type Attributes, installTracer, type OpenSpan, type SpanContext, type Tracer } from "./spans.js";

export interface TracingOptions {
  environment: Readonly<Record<string, string | undefined>>;
  version: string;
  /** Told when spans could not be sent, once a minute at most. */
  onError(reason: string): void;
}

const QUIET_MS = 60_000;

/** Answers the function that sends what is left and ends it. */
export function startTracing({ environment, version, onError }: TracingOptions): () => Promise<void> {
  let toldAt = Number.NEGATIVE_INFINITY;
  const tell = (message: string): void => {
    if (performance.now() - toldAt < QUIET_MS) return;
    toldAt = performance.now();
    onError(message);
  };
  const silent = (): void => undefined;
  diag.setLogger({ error: tell, warn: silent, info: silent, debug: silent, verbose: silent }, DiagLogLevel.ERROR);
  const named = { "service.name": environment.OTEL_SERVICE_NAME || "maillard", "service.version": version };
  const provider = new TracerProvider({
    resource: defaultResource().merge(resourceFromAttributes(named)),
    sampler: new ParentBasedSampler({ root: rootSampler(environment) }),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
  });
  installTracer(new OtlpTracer(provider.getTracer("maillard", version)));
  return async () => {
    installTracer(null);
    await provider.shutdown().catch((error: unknown) => onError(String(error)));
    diag.disable();
  };
}

/** OTEL_TRACES_SAMPLER and its argument: a share of the traces; all by default. */
function rootSampler({ OTEL_TRACES_SAMPLER = "", OTEL_TRACES_SAMPLER_ARG }: TracingOptions["environment"]) {
  const share = Number(OTEL_TRACES_SAMPLER_ARG || 1);
  return OTEL_TRACES_SAMPLER.endsWith("traceidratio") && share >= 0 && share <= 1
    ? new TraceIdRatioBasedSampler(share)
    : new AlwaysOnSampler();
}

class OtlpTracer implements Tracer {
  readonly #within = new AsyncLocalStorage<Context>();

  constructor(private readonly tracer: OpenTelemetryTracer) {}

  active(): SpanContext {
    return this.#within.getStore();
  }

  async inSpan<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
    const parent = this.#within.getStore() ?? ROOT_CONTEXT;
    const span = this.tracer.startSpan(name, { attributes }, parent);
    try {
      return await this.#within.run(trace.setSpan(parent, span), work);
    } catch (error) {
      // The code alone: a message may hold a SMILES.
      end(span, { "error.type": String((error as { code?: unknown } | null)?.code ?? "INTERNAL") }, true);
      throw error;
    } finally {
      span.end();
    }
  }

  past(name: string, parent: SpanContext, times: { begin: number; end: number }, attributes: Attributes): void {
    if (parent === undefined) return;
    const span = this.tracer.startSpan(name, { attributes, startTime: sinceEpoch(times.begin) }, parent as Context);
    span.end(sinceEpoch(times.end));
  }

  open(name: string, traceparent: string | undefined): OpenSpan {
    const parent = remoteParent(traceparent);
    const span = this.tracer.startSpan(name, { kind: SpanKind.SERVER }, parent);
    const within = trace.setSpan(parent, span);
    return {
      traceId: span.spanContext().traceId,
      run: (work) => this.#within.run(within, work),
      end: (attributes, failed) => {
        end(span, attributes, failed);
        span.end();
      },
    };
  }
}

function end(span: Span, attributes: Attributes, failed: boolean): void {
  span.setAttributes({ ...attributes });
  if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
}

/** W3C Trace Context, version 00; what is not of that form begins a trace of its own. */
function remoteParent(traceparent: string | undefined): Context {
  const [, traceId, spanId, flags] = /^00-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/.exec(traceparent ?? "") ?? [];
  if (traceId === undefined) return ROOT_CONTEXT;
  const remote = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(remote) ? trace.setSpanContext(ROOT_CONTEXT, remote) : ROOT_CONTEXT;
}

/** Of performance.now(), in ms. */
const sinceEpoch = (time: number): number => performance.timeOrigin + time;
