/**
 * Spans of traces, for all layers. Without a tracer (tracing.ts installs one) a span is a call of its work and nothing
 * else. A span never holds a SMILES, a name or a key.
 */

export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** Where a span belongs: known to the tracer alone. */
export type SpanContext = unknown;

export interface Tracer {
  /** Of the work that calls it; undefined: of none. */
  active(): SpanContext;
  /** Does the work inside a new span, which ends with it; a rejection is its error. */
  inSpan<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T>;
  /** A span that is over. Times of performance.now(). */
  past(name: string, parent: SpanContext, times: { begin: number; end: number }, attributes: Attributes): void;
  /** A span that others begin inside. @param traceparent header of the request */
  open(name: string, traceparent: string | undefined): OpenSpan;
}

export interface OpenSpan {
  traceId: string;
  /** What the work begins is inside the span. */
  run<T>(work: () => T): T;
  end(attributes: Attributes, failed: boolean): void;
}

let tracer: Tracer | null = null;

export function installTracer(one: Tracer | null): void {
  tracer = one;
}

/** Null: no traces are made. */
export const tracerOf = (): Tracer | null => tracer;

export const inSpan = <T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> =>
  tracer === null ? work() : tracer.inSpan(name, attributes, work);
