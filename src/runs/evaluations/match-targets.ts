/**
 * Which label sets of a dataset are the truth of a model's outputs.
 *   SINGLE_LABEL  one SINGLE_LABEL set, whose values are the classes
 *   MULTI_LABEL   one MULTI_LABEL set, whose values are the labels; or SINGLE_LABEL sets of 0 and 1, one for a label
 *   REGRESSION    NUMBER sets, one for a target
 * Not named, they are those that the model was trained on: its target, or the sets of the names of its outputs. Sets
 * that are named belong to the outputs of their names; where they have other names, to all outputs in their order.
 */
import { MaillardError } from "../../errors.js";
import { findLabelSet } from "../../store/find.js";
import type { Dataset, LabelKind, LabelSet, Model } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import { invalid } from "../orders/input.js";
import type { Target } from "../plan/target.js";
import { listed } from "../plan/types.js";
import type { Head } from "../predictions/head.js";

export interface MatchedTarget extends Target {
  /** With `columns`: the output of each label set, by its name. */
  outputs: ReadonlyMap<string, string>;
}

interface Subject {
  model: Pick<Model, "name" | "target">;
  head: Head;
  dataset: Dataset;
  /** Label sets that are named; empty: those of the model. */
  targets: readonly string[];
}

/** UNKNOWN_TARGET, TASK_MISMATCH, INVALID_CONFIG. */
export async function matchTargets(store: Store, subject: Subject): Promise<MatchedTarget> {
  const { model, head, dataset, targets } = subject;
  const param = targets.length > 1 ? "targets" : "target";
  const sets: LabelSet[] = [];
  for (const name of targets.length > 0 ? targets : await ownTargets(store, subject))
    sets.push(await findLabelSet(store, dataset, name, param));
  const kinds = new Set(sets.map(({ kind }) => kind));
  const are = (kind: LabelKind): boolean => kinds.size === 1 && kinds.has(kind);
  const { task } = head;
  if (task === "SINGLE_LABEL" && sets.length > 1)
    throw invalid("targets", targets, `one label set, because ${model.name} answers one class of several`);
  if (task === "SINGLE_LABEL" && are("SINGLE_LABEL")) return { task, sets, columns: false, outputs: new Map() };
  if (task === "MULTI_LABEL" && sets.length === 1 && are("MULTI_LABEL"))
    return { task, sets, columns: false, outputs: new Map() };
  if (are(task === "REGRESSION" ? "NUMBER" : "SINGLE_LABEL"))
    return { task, sets, columns: true, outputs: outputsOf(sets, head, model.name) };
  throw new MaillardError(
    "TASK_MISMATCH",
    `${model.name} is ${task}, which is scored with ${WANTED[task]}; of ${dataset.name} ` +
      `${listed(sets.map(({ name, kind }) => `${name} is ${kind}`))}. Name others with \`target\` or \`targets\`.`,
    { param, details: { task, kinds: Object.fromEntries(sets.map(({ name, kind }) => [name, kind])) } },
  );
}

const WANTED: Readonly<Record<Head["task"], string>> = {
  SINGLE_LABEL: "a SINGLE_LABEL set",
  MULTI_LABEL: "a MULTI_LABEL set, or SINGLE_LABEL sets of 0 and 1",
  REGRESSION: "NUMBER sets",
};

/** Names of the sets that the model was trained on, as far as the dataset has them; at least one. */
async function ownTargets(store: Store, { model, head, dataset }: Subject): Promise<string[]> {
  const sets = await store.prisma.labelSet.findMany({ where: { datasetId: dataset.id }, select: { name: true } });
  const names = new Set(sets.map(({ name }) => name));
  if (model.target !== null && (names.has(model.target) || head.task === "SINGLE_LABEL")) return [model.target];
  const found = head.task === "SINGLE_LABEL" ? [] : head.labels.filter((label) => names.has(label));
  if (found.length > 0) return found;
  throw new MaillardError(
    "UNKNOWN_TARGET",
    `${dataset.name} has no label set of ${model.name}'s own (${listed([model.target ?? head.labels].flat())}). Name ` +
      `with \`target\` the one to score with. It has: ${listed([...names].sort()) || "none"}.`,
    { param: "target", details: { existing: [...names].sort() } },
  );
}

function outputsOf(sets: readonly LabelSet[], { labels }: Head, model: string): Map<string, string> {
  const names = sets.map(({ name }) => name);
  const known = new Set(labels);
  if (names.every((name) => known.has(name))) return new Map(names.map((name) => [name, name]));
  // A name that belongs to one output never stands for another.
  if (names.length === labels.length && names.every((name, place) => !known.has(name) || name === labels[place]))
    return new Map(names.map((name, place) => [name, labels[place]]));
  throw invalid(
    names.length > 1 ? "targets" : "target",
    names.length > 1 ? names : names[0],
    `label sets named as outputs of ${model} (${listed(labels)}), or as many as it has outputs, in their order`,
  );
}
