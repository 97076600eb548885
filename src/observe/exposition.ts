/**
 * The text of /metrics, in Prometheus' format: what the recorder has, and what sources say when they are asked. Every
 * metric of the table has its HELP and TYPE, also without a sample. prom-client is loaded by the first scrape, and from
 * then on adds its metrics of Node (event loop, heap, garbage collection): a process that nobody scrapes pays nothing.
 */
import type { Metric, MetricObjectWithValues, MetricValueWithName, Registry } from "prom-client";
import { type Definition, definitionOf, METRICS, type MetricName } from "./definitions.js";
import type { HistogramSnapshot } from "./histogram.js";
import { recorder, type Sample } from "./recorder.js";

/** Says its samples now; one that fails is left out of the scrape. */
export type Source = () => Iterable<Sample> | Promise<Iterable<Sample>>;

type Value = MetricValueWithName<string>;

export class Exposition {
  readonly #sources = new Set<Source>([() => recorder.samples()]);

  /** Answers the function that removes it. */
  add(source: Source): () => void {
    this.#sources.add(source);
    return () => void this.#sources.delete(source);
  }

  /** @returns the text and its Content-Type */
  async text(): Promise<{ text: string; contentType: string }> {
    const { Registry } = await import("prom-client");
    const node = await nodeMetrics();
    const asked = await Promise.all(
      [...this.#sources].map((source) =>
        Promise.resolve()
          .then(source)
          .catch(() => []),
      ),
    );
    const samples = new Map<MetricName, Sample[]>();
    for (const sample of asked.flatMap((some) => [...some]))
      samples.set(sample.name, [...(samples.get(sample.name) ?? []), sample]);
    const registry = new Registry();
    for (const name of Object.keys(METRICS) as MetricName[])
      registry.registerMetric(metricOf(name, samples.get(name) ?? []));
    const text = `${await registry.metrics()}\n${await node.metrics()}`;
    return { text, contentType: registry.contentType };
  }
}

let ofNode: Promise<Registry> | undefined;

/** One for the process. */
function nodeMetrics(): Promise<Registry> {
  ofNode ??= import("prom-client").then(({ collectDefaultMetrics, Registry }) => {
    const registry = new Registry();
    collectDefaultMetrics({ register: registry });
    return registry;
  });
  return ofNode;
}

/** As the registry asks a metric of its own: for its values. */
function metricOf(name: MetricName, samples: readonly Sample[]): Metric {
  const definition = definitionOf(name);
  const { type, help } = definition;
  const values = samples.flatMap((sample) => valuesOf(sample, definition));
  const get = async () => ({ name, help, type, values, aggregator: "sum" }) as unknown as MetricObjectWithValues<Value>;
  return { name, help, get } as unknown as Metric;
}

function valuesOf({ name, labels, value }: Sample, definition: Definition): Value[] {
  const named = Object.fromEntries(definition.labels.map((label, place) => [label, labels[place]]));
  return typeof value === "number" ? [{ metricName: name, labels: named, value }] : histogramValues(name, named, value);
}

/** Buckets count what is at most their bound. */
function histogramValues(name: string, labels: Record<string, string>, snapshot: HistogramSnapshot): Value[] {
  const { bounds, counts, count, sum } = snapshot;
  let below = 0;
  const buckets = [...bounds, "+Inf"].map((bound, place): Value => {
    below += counts[place];
    return { metricName: `${name}_bucket`, labels: { ...labels, le: bound }, value: below };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
}

/** Of times in ms, in seconds. */
export const inSeconds = ({ bounds, counts, count, sum }: HistogramSnapshot): HistogramSnapshot => ({
  bounds: bounds.map((bound) => bound / 1_000),
  counts,
  count,
  sum: sum / 1_000,
});
