/**
 * What a finetune has to beat, on the molecules that it was scored on: the best constant answer, and a linear layer on
 * fingerprints fitted to the same training molecules, compared molecule by molecule. The layer is that of
 * `maillard probe --features fingerprint` with its defaults: the same numbers.
 */
import type { SequenceTask } from "../../model/types.js";
import { fitTargetScale } from "../../scores/target-scale.js";
import type { Baseline, Floats, SplitBaselines, SplitName } from "../../scores/types.js";
import { targetsOf } from "../../train/data/targets.js";
import { fitProbe } from "../../train/probe/probe.js";
import type { BaselineInput, Example } from "../../train/types.js";
import { type Answers, plainScores } from "./answers.js";
import { compareAnswers } from "./comparison.js";

export interface BaselineRequest extends BaselineInput {
  task: SequenceTask;
  /** Names in logit order: classes, labels or targets. */
  labels: string[];
  examples: readonly Example[];
  /** Of the finetune, by split: [examples of the split, labels], logits; REGRESSION: values in units. */
  outputs: ReadonlyMap<SplitName, Floats>;
}

/** @throws MaillardError where the fit has no answer */
export function baselinesOf(request: BaselineRequest): SplitBaselines[] {
  const { task, labels, examples, fingerprints, molecules, outputs } = request;
  const training = examples.filter(({ split }) => split === "TRAIN");
  const deviation = task === "REGRESSION" ? fitTargetScale(targetsOf(training, labels), labels.length).deviation : null;
  const constant = constantOf(task, labels, truthOf(task, labels, training));
  const { reports } = fitProbe({
    task,
    labels,
    vectors: fingerprints,
    dimension: (8 * fingerprints.length) / examples.length,
    examples,
    inverseRegularization: [1],
    classWeights: "none",
  });
  const byFingerprint = new Map(reports.map(({ report, outputs: answered }) => [report.split, answered]));
  return [...outputs].map(([split, own]): SplitBaselines => {
    const places = examples.flatMap((example, index) => (example.split === split ? [index] : []));
    const rows = places.map((index) => examples[index]);
    const answers = (values: Floats): Answers => ({
      task,
      labels,
      outputs: values,
      truth: truthOf(task, labels, rows),
      molecules: renumbered(places.map((index) => molecules[index])),
      ...(deviation ? { deviation: [...deviation] } : {}),
    });
    const mine = answers(own);
    const theirs = answers(byFingerprint.get(split) as Floats);
    const { scores: differences, mcnemar } = compareAnswers(theirs, mine);
    const always = constantBaseline(mine, constant);
    const linear: Baseline = {
      kind: "FINGERPRINT",
      label: null,
      scores: plainScores(theirs),
      differences,
      mcnemar,
    };
    return { split, scores: plainScores(mine), baselines: [always, linear] };
  });
}

const truthOf = (task: SequenceTask, labels: readonly string[], rows: readonly Example[]): Answers["truth"] =>
  task === "SINGLE_LABEL" ? Int32Array.from(rows, ({ label }) => label) : targetsOf(rows, labels);

/**
 * One row of outputs, [labels], from true answers: log shares of the classes, log-odds of the labels (one yes and one
 * no added), means of the targets.
 */
export function constantOf(task: SequenceTask, labels: readonly string[], truth: Answers["truth"]): number[] {
  if (task === "SINGLE_LABEL") {
    const counts = new Float64Array(labels.length);
    for (const label of truth) counts[label]++;
    return Array.from(counts, (count) => Math.log(count / truth.length));
  }
  if (task === "REGRESSION") return [...fitTargetScale(truth as Floats, labels.length).mean];
  return labels.map((_, column) => {
    let [yes, no] = [1, 1];
    for (let i = column; i < truth.length; i += labels.length) {
      if (truth[i] === 1) yes++;
      else if (truth[i] === 0) no++;
    }
    return Math.log(yes / no);
  });
}

/** That row as the answer to every molecule, scored on the truth of `answers`. */
export function constantBaseline(answers: Answers, constant: readonly number[]): Baseline {
  const { task, labels, outputs } = answers;
  const repeated = Float64Array.from(outputs, (_, i) => constant[i % labels.length]);
  return {
    kind: "CONSTANT",
    label: task === "SINGLE_LABEL" ? labels[constant.indexOf(Math.max(...constant))] : null,
    scores: plainScores({ ...answers, outputs: repeated }),
    differences: [],
    mcnemar: null,
  };
}

/** The same molecules, counted from 0 in the order in which they come. */
function renumbered(molecules: readonly number[]): Int32Array {
  const numbers = new Map<number, number>();
  return Int32Array.from(molecules, (molecule) => {
    const number = numbers.get(molecule) ?? numbers.size;
    numbers.set(molecule, number);
    return number;
  });
}
