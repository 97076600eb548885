/**
 * The graphs that change what is on the device: one update of AdamW with clipping, and the sum of two parts' gradients.
 * Learning rates come in as scalars, so a schedule costs nothing. The formulas are ParameterArena's, in float32.
 */
import { adamw, add, clipScale, Graph, sumOfSquares, type Value } from "../../../autograd/index.js";
import type { ParameterSpec } from "../kernels/index.js";
import { CLIP_EPSILON, type UpdateRule } from "../parameters.js";

/** What there is of each parameter that learns: moments are called first and second. */
export type Section = "weight" | "gradient" | "first" | "second";

/** Names of inputs and outputs. */
export const tensorName = (section: Section, parameter: string): string => `${section}:${parameter}`;
export const updatedName = (section: Section, parameter: string): string => `new ${tensorName(section, parameter)}`;
export const partName =
  (number: 1 | 2) =>
  (parameter: string): string =>
    `part${number}:${parameter}`;

export interface UpdateGraph {
  graph: Graph;
  /** The values of the scalar inputs at a step (from 1) and a learning rate. */
  scalars(step: number, learningRate: number): Record<string, number>;
}

/**
 * Inputs: each section of each parameter, and scalars. Outputs: norm, the global norm before clipping (scalar), and the
 * updated weight, first and second of each parameter.
 */
export function updateGraph(specs: readonly ParameterSpec[], rule: UpdateRule): UpdateGraph {
  const graph = new Graph();
  const { weightDecay, gradientClip, beta1, beta2, epsilon } = rule;
  const input = (section: Section, { name, shape }: ParameterSpec) => graph.input(tensorName(section, name), shape);
  const gradients = specs.map((spec) => input("gradient", spec));
  const [norm, factor] = clipScale(sumOf(gradients.map(sumOfSquares)), gradientClip, CLIP_EPSILON);
  graph.output("norm", norm);
  const root = graph.input("root", []);
  const groups = rateGroups(specs);
  const scalars = groups.map((_, i) => ({ keep: graph.input(`keep.${i}`, []), rate: graph.input(`rate.${i}`, []) }));
  specs.forEach((spec, i) => {
    const weight = input("weight", spec);
    const tensors = { weight, gradient: gradients[i], first: input("first", spec), second: input("second", spec) };
    const given = { ...scalars[groups.findIndex(isOf(spec))], root, scale: gradientClip > 0 ? factor : null };
    const [newWeight, newFirst, newSecond] = adamw(tensors, given, { beta1, beta2, epsilon });
    graph.output(updatedName("weight", spec.name), newWeight);
    graph.output(updatedName("first", spec.name), newFirst);
    graph.output(updatedName("second", spec.name), newSecond);
  });
  return {
    graph,
    scalars(step, learningRate) {
      const at: Record<string, number> = { root: Math.sqrt(1 - beta2 ** step) };
      groups.forEach(({ decay, rate }, i) => {
        const scaled = learningRate * rate;
        at[`keep.${i}`] = 1 - scaled * (decay ? weightDecay : 0);
        at[`rate.${i}`] = -scaled / (1 - beta1 ** step);
      });
      return at;
    },
  };
}

/** partName(1) and partName(2) of each parameter to its gradient. */
export function sumGraph(specs: readonly ParameterSpec[]): Graph {
  const graph = new Graph();
  for (const { name, shape } of specs) {
    const [one, two] = ([1, 2] as const).map((number) => graph.input(partName(number)(name), shape));
    graph.output(tensorName("gradient", name), add(one, two));
  }
  return graph;
}

/** Parameters of one decay and one rate share the scalars keep.<i> and rate.<i>. */
interface RateGroup {
  decay: boolean;
  rate: number;
}

const isOf =
  ({ decay, rate = 1 }: ParameterSpec) =>
  (group: RateGroup): boolean =>
    group.decay === decay && group.rate === rate;

function rateGroups(specs: readonly ParameterSpec[]): RateGroup[] {
  const groups: RateGroup[] = [];
  for (const spec of specs) if (!groups.some(isOf(spec))) groups.push({ decay: spec.decay, rate: spec.rate ?? 1 });
  return groups;
}

/** By halves, so that the rounding error grows with the logarithm of their number. */
function sumOf(values: readonly Value[]): Value {
  if (values.length === 1) return values[0];
  const middle = values.length >> 1;
  return add(sumOf(values.slice(0, middle)), sumOf(values.slice(middle)));
}
