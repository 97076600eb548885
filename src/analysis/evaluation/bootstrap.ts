/**
 * How far a score would move with other molecules: Efron's percentile bootstrap (Efron and Tibshirani 1993, chapter
 * 13). 1,000 resamples of the split's molecules are drawn with replacement; a molecule brings all its rows. The
 * interval goes from the 2.5th to the 97.5th percentile (linear interpolation, as numpy.percentile). Molecule k of
 * resample r is number k of the counter-based stream (seed 42, "boot", r), so an interval is always the same. It covers
 * the choice of molecules only, not other seeds of training or other splits.
 *
 * Mean average precision over rare labels, and calibration error, are higher in resamples, where the same molecules
 * occur several times. An interval that does not contain the score itself shows this bias and not where the score may
 * lie, so it is not reported.
 */
import { Philox } from "../../model/philox-stream.js";
import { METRICS } from "../../scores/metrics.js";
import { once, scorerOf } from "../../scores/scorers.js";
import type { Scores } from "../../scores/types.js";
import { type Answers, rowsOf } from "./answers.js";

const RESAMPLES = 1_000;
const BOOTSTRAP_SEED = 42;
const BOOTSTRAP_STREAM = 0x626f6f74;
const TAIL = 0.025;

export interface Interval {
  /**
   * Ends of the 95 % interval. Null where fewer than half of the resamples have such a score, or where the interval
   * does not contain the score.
   */
  low: number | null;
  high: number | null;
}

const NONE: Interval = { low: null, high: null };

export interface ScoreWithInterval extends Interval {
  name: string;
  /** On the split as it is; null where it is not defined. */
  value: number | null;
}

/** Every score of a split with its interval. */
export function scoresWithIntervals(answers: Answers, resamples = RESAMPLES): ScoreWithInterval[] {
  const score = scorerOf(answers);
  const samples = new Map<string, number[]>();
  for (const weights of resampledWeights(answers, resamples)) collect(samples, score(weights));
  return Object.entries(score(once(rowsOf(answers)))).map(([name, value]) => ({
    name,
    value,
    ...(value === null ? NONE : around(value, interval(samples.get(name) ?? [], resamples))),
  }));
}

/** Differences b - a on the same rows: both are scored on each resample. */
export function pairedDifferences(a: Answers, b: Answers, resamples = RESAMPLES): Map<string, Interval> {
  const [scoreA, scoreB] = [scorerOf(a), scorerOf(b)];
  const samples = new Map<string, number[]>();
  for (const weights of resampledWeights(a, resamples)) collect(samples, difference(scoreA(weights), scoreB(weights)));
  const names = Object.keys(METRICS[a.task]);
  return new Map(names.map((name) => [name, interval(samples.get(name) ?? [], resamples)]));
}

/** b - a by name; null where either is. */
export const difference = (a: Scores, b: Scores): Scores =>
  Object.fromEntries(
    Object.entries(a).map(([name, value]) => {
      const other = b[name] ?? null;
      return [name, value === null || other === null ? null : other - value];
    }),
  );

/** How often each row is in each resample. The same array is reused for every resample. */
export function* resampledWeights(answers: Pick<Answers, "molecules">, resamples: number): Generator<Float64Array> {
  const { molecules } = answers;
  const count = molecules.reduce((most, molecule) => Math.max(most, molecule + 1), 0);
  const drawn = new Float64Array(count);
  const weights = new Float64Array(molecules.length);
  for (let resample = 0; resample < resamples; resample++) {
    const random = new Philox(BOOTSTRAP_SEED, BOOTSTRAP_STREAM, resample);
    drawn.fill(0);
    for (let k = 0; k < count; k++) drawn[random.below(count)]++;
    for (let row = 0; row < weights.length; row++) weights[row] = drawn[molecules[row]];
    yield weights;
  }
}

function collect(samples: Map<string, number[]>, scores: Scores): void {
  for (const [name, value] of Object.entries(scores)) {
    if (value === null || Number.isNaN(value)) continue;
    const list = samples.get(name);
    if (list) list.push(value);
    else samples.set(name, [value]);
  }
}

function around(value: number, ends: Interval): Interval {
  const { low, high } = ends;
  const rounding = 1e-9 * Math.abs(value);
  return low !== null && high !== null && low <= value + rounding && value - rounding <= high ? ends : NONE;
}

function interval(values: number[], resamples: number): Interval {
  if (values.length * 2 < resamples) return NONE;
  const sorted = Float64Array.from(values).sort();
  return { low: quantile(sorted, TAIL), high: quantile(sorted, 1 - TAIL) };
}

/** Of sorted values, with linear interpolation: numpy.quantile's default. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}
