/**
 * Numbers as targets, looked at before there is a run. Refused are numbers that are too large to be squared and summed
 * (INVALID_CONFIG naming the first), and targets with one value in all of training (CONSTANT_TARGET): nothing can be
 * learned of them, and a model that always answers that value would have a perfect score.
 */
import { LARGEST_NUMBER } from "../../datasets/cells/numbers.js";
import { MaillardError } from "../../errors.js";
import { invalid } from "../orders/input.js";
import type { Assigned } from "./assign.js";
import type { MeasuredMolecule } from "./target.js";
import { listed } from "./types.js";

export function checkNumbers(assigned: readonly Assigned<MeasuredMolecule>[], param: "target" | "targets"): void {
  /** Values of training by target, until there are two. */
  const seen = new Map<string, number | null>();
  for (const { molecule, split } of assigned)
    for (const [name, value] of Object.entries(molecule.values)) {
      if (Math.abs(value) > LARGEST_NUMBER)
        throw invalid(
          param,
          value,
          `numbers of at most ${LARGEST_NUMBER} in size, whose errors can be squared and summed; ` +
            `${name} has this value at molecule ${molecule.position}`,
        );
      if (split !== "TRAIN") continue;
      const first = seen.get(name);
      if (first === undefined) seen.set(name, value);
      else if (first !== value) seen.set(name, null);
    }
  const constant = [...seen].filter((entry): entry is [string, number] => entry[1] !== null);
  if (constant.length === 0) return;
  throw new MaillardError(
    "CONSTANT_TARGET",
    `All training molecules have the same value of ${listed(constant.map(([name, value]) => `${name} (${value})`))}: ` +
      "there is nothing to learn. Leave it out, or import other values.",
    { param, details: { targets: Object.fromEntries(constant) } },
  );
}

/** float32 has 24 bits: the distance of two numbers of this size. */
const stepAt = (value: number): number => 2 ** (Math.floor(Math.log2(Math.abs(value))) - 23);

/**
 * The step in which float32 answers numbers of this size, where it is coarse beside how much they differ (above 1 % of
 * their standard deviation); else null.
 */
export function coarseStep(values: readonly number[]): { step: number; deviation: number } | null {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  if (mean === 0 || !(deviation > 0)) return null;
  const step = stepAt(mean);
  return step > deviation / 100 ? { step, deviation } : null;
}
