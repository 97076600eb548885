/**
 * What this process counted and timed since its start, by metric and labels. Recording is a look-up in two maps and an
 * addition: nothing is written, and no value is kept. There is one recorder in a process.
 */
import { definitionOf, type MetricName } from "./definitions.js";
import { Histogram, type HistogramSnapshot } from "./histogram.js";

export interface Sample {
  name: MetricName;
  /** In the order of the definition. */
  labels: readonly string[];
  value: number | HistogramSnapshot;
}

interface Series<Value> {
  labels: readonly string[];
  value: Value;
}

class Recorder {
  readonly #numbers = new Map<MetricName, Map<string, Series<number>>>();
  readonly #times = new Map<MetricName, Map<string, Series<Histogram>>>();

  /** @param labels in the order of the definition */
  count(name: MetricName, labels: readonly string[] = [], by = 1): void {
    seriesOf(this.#numbers, name, labels, () => 0).value += by;
  }

  observe(name: MetricName, labels: readonly string[], value: number): void {
    seriesOf(this.#times, name, labels, () => new Histogram(definitionOf(name).bounds ?? [])).value.observe(value);
  }

  /** Of the series that were recorded. */
  samples(): Sample[] {
    const numbers = listed(this.#numbers, (value) => value);
    return [...numbers, ...listed(this.#times, (value) => value.snapshot())];
  }
}

function seriesOf<Value>(
  all: Map<MetricName, Map<string, Series<Value>>>,
  name: MetricName,
  labels: readonly string[],
  begin: () => Value,
): Series<Value> {
  const known = all.get(name);
  const series = known ?? new Map<string, Series<Value>>();
  if (!known) all.set(name, series);
  const key = labels.join("\n");
  const one = series.get(key);
  if (one) return one;
  const fresh = { labels, value: begin() };
  series.set(key, fresh);
  return fresh;
}

const listed = <Value>(
  all: ReadonlyMap<MetricName, ReadonlyMap<string, Series<Value>>>,
  shown: (value: Value) => Sample["value"],
): Sample[] =>
  [...all].flatMap(([name, series]) =>
    [...series.values()].map(({ labels, value }) => ({ name, labels, value: shown(value) })),
  );

export const recorder = new Recorder();
