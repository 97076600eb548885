/**
 * What a run learns about a molecule, as the text that its assignment keeps:
 *   SINGLE_LABEL  the class                                      Benzenoids
 *   MULTI_LABEL   of one MULTI_LABEL set: the labels it has      ["bitter","sweet"]   it lacks the others
 *                 of several label sets: what was measured       {"NR-AR":1,"SR-p53":0}
 *   REGRESSION    what was measured, in units                    {"logS":-2.18}
 * Classes, labels and targets are in logit order: classes and labels of one set in text order, label sets in the order
 * of the request.
 */
import type { SequenceTask } from "../../model/types.js";
import type { Example } from "../../train/types.js";

/** Values by label or target: 0 or 1 of a label, a number of a target. A missing one was not measured. */
export type Measured = Readonly<Record<string, number>>;

export const labelsText = (labels: readonly string[]): string => JSON.stringify(labels);
export const measuredText = (values: Measured): string => JSON.stringify(values);

export interface Taught {
  classes: string[];
  of(text: string): Pick<Example, "label" | "targets">;
}

/** `texts`: those of all assignments; `targets`: the requested label sets. */
export function readTaught(task: SequenceTask, texts: readonly string[], targets: readonly string[]): Taught {
  const classes = classesOf(task, texts, targets);
  const example = teach(classes);
  return { classes, of: (text) => example(task, text) };
}

function classesOf(task: SequenceTask, texts: readonly string[], targets: readonly string[]): string[] {
  if (task === "SINGLE_LABEL") return [...new Set(texts)].sort();
  const known = texts.map((text) => JSON.parse(text) as readonly string[] | Measured);
  const isList = task === "MULTI_LABEL" && known.every((entry) => Array.isArray(entry));
  const names = new Set(known.flatMap((entry) => (Array.isArray(entry) ? entry : Object.keys(entry))));
  return isList ? [...names].sort() : targets.filter((target) => names.has(target));
}

/** A text as numbers in the order of `classes`. */
export function teach(
  classes: readonly string[],
): (task: SequenceTask, text: string) => Pick<Example, "label" | "targets"> {
  const place = new Map(classes.map((label, index) => [label, index]));
  return (task, text) => {
    if (task === "SINGLE_LABEL") return { label: place.get(text) as number };
    const entry = JSON.parse(text) as readonly string[] | Measured;
    const row = new (task === "REGRESSION" ? Float64Array : Float32Array)(classes.length);
    row.fill(Array.isArray(entry) ? 0 : Number.NaN);
    if (Array.isArray(entry)) for (const label of entry) row[place.get(label) as number] = 1;
    else for (const [label, value] of Object.entries(entry)) row[place.get(label) as number] = value;
    return { label: 0, targets: row };
  };
}
