/**
 * Targets of examples as one array, [examples, labels], NaN where nothing was measured; and the check of their values.
 */
import { MaillardError } from "../../errors.js";
import type { Floats } from "../../scores/types.js";
import type { Example } from "../types.js";

export function targetsOf(examples: readonly Example[], labels: readonly string[]): Floats {
  const isDouble = examples.some(({ targets }) => targets instanceof Float64Array);
  const values = new (isDouble ? Float64Array : Float32Array)(examples.length * labels.length);
  examples.forEach(({ targets }, row) => {
    if (targets?.length !== labels.length)
      throw new MaillardError(
        "BAD_INPUT",
        `Example ${row} has ${targets?.length ?? 0} targets; there are ${labels.length} labels.`,
        { param: "examples", details: { row } },
      );
    values.set(targets, row * labels.length);
  });
  return values;
}

/** Every label has to be measured somewhere in training: a label without a value cannot be learned. */
export function checkTargets(
  values: Floats,
  labels: readonly string[],
  valid: (value: number) => boolean,
  rule: string,
): void {
  const wrong = values.findIndex((value: number) => !Number.isNaN(value) && !valid(value));
  if (wrong >= 0)
    throw new MaillardError(
      "BAD_INPUT",
      `Target ${labels[wrong % labels.length]} is ${values[wrong]}; it must be ${rule}, or NaN where nothing was ` +
        "measured.",
      { param: "examples", details: { row: Math.floor(wrong / labels.length) } },
    );
  const measured = new Set<number>();
  values.forEach((value: number, i: number) => {
    if (!Number.isNaN(value)) measured.add(i % labels.length);
  });
  const missing = labels.find((_, column) => !measured.has(column));
  if (missing !== undefined)
    throw new MaillardError(
      "CLASS_MISSING_FROM_TRAINING",
      `${missing} has no measured value in the training split; leave it out or change the split.`,
      { details: { label: missing } },
    );
}
