/**
 * A checkpoint, an ensemble and a probe on a separate labelled file, for classes, labels and numbers: every score is
 * that of scikit-learn on the same answers (bench/reference/score_anything.py).
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { InferenceRequest } from "../../../src/compute/types.js";
import { writeProbe } from "../../../src/model/probe.js";
import type { SequenceTask } from "../../../src/model/types.js";
import type { Composition } from "../../../src/store/composition.js";
import { ensembleData } from "../../../src/store/ensembles.js";
import type { Model } from "../../../src/store/generated/client.js";
import { newId } from "../../../src/store/index.js";
import { loadTokenizer } from "../../../src/tokenizer/index.js";
import { alkyls, FIXTURES, startTestService, type TestService } from "../../support/api.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { ended } from "../../support/run-fixtures.js";

type Scores = Record<string, number>;
interface Reference {
  count: number;
  scores: Scores;
  constant: Scores;
  answers: number[][];
  confusion?: number[][];
  classes?: number[][];
  labels?: Scores[];
  targets?: Scores[];
}
interface Case {
  names: string[];
  truth: (string | null)[] | (number | null)[][];
  one: number[][];
  two: number[][];
  vectors: number[][];
  coefficients: number[][];
  intercepts: number[];
  reference: Record<"model" | "ensemble" | "probe", Reference>;
}
const SAVED = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../../bench/reference/score_anything.json"), "utf8"),
) as Record<SequenceTask, Case> & { weights: number[] };
const TASKS: SequenceTask[] = ["SINGLE_LABEL", "MULTI_LABEL", "REGRESSION"];
/** The molecule of row n, and its place in the saved answers. */
const SMILES = alkyls(20).map(({ smiles }) => smiles);
const rowOf = new Map<string, number>();

/** Answers what is saved: the checksum of a model says of which task, and which answers. */
class SavedAnswers extends FakeCompute {
  override async infer({ model, output, tokenIds }: InferenceRequest): Promise<Float32Array[]> {
    const [task, which] = model.checksum.split(" ") as [SequenceTask, "one" | "two"];
    const rows = SAVED[task][output === "LOGITS" ? which : "vectors"];
    return tokenIds.map((ids) => Float32Array.from(rows[rowOf.get(ids.join()) as number]));
  }
}

const START = "mutation ($input: StartEvaluationInput!) { startEvaluation(input: $input) { run { id } } }";
const RUN = `query ($id: ID!) { run(id: $id) {
  kind status task targets model { name } warnings { code } error { code message }
  evaluation(split: TEST) {
    count task labels splitStrategy scores { name value } confusionMatrix newMolecules { count }
    classes { precision recall f1 support } labelScores { measured positives f1 rocAuc averagePrecision }
    targetScores { measured rmse mae r2 baseline } baselines { kind label scores { name value } }
    intervals { name value low high } newScaffolds { count } molecules(first: 1000) { scores } } } }`;

let service: TestService;
beforeAll(async () => {
  service = await startTestService({ compute: new SavedAnswers(), models: { base: "tiny-bert" } });
  const tokenizer = await loadTokenizer(join(FIXTURES, "tiny-bert"));
  for (const [row, smiles] of SMILES.entries()) rowOf.set(tokenizer.encode(smiles, 64).join(), row);
  expect(rowOf.size).toBe(SMILES.length);
  const setsOf = (task: SequenceTask, row: number) => {
    const truth = SAVED[task].truth[row];
    const values = Array.isArray(truth) ? truth : [truth];
    const names = Array.isArray(truth) ? SAVED[task].names : ["class"];
    return names.flatMap((set, place) => (values[place] === null ? [] : [{ set, value: String(values[place]) }]));
  };
  const rows = SMILES.map((smiles, row) => ({
    line: row + 1,
    smiles,
    labels: TASKS.flatMap((task) => setsOf(task, row)),
  }));
  const labelKinds = SAVED.REGRESSION.names.map((set) => ({ set, kind: "NUMBER" }));
  await service.data("mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { dataset { id } } }", {
    input: { name: "kept-aside", rows, labelKinds },
  });
  for (const task of TASKS) await addModels(task);
});
afterAll(() => service?.close());

/** <task>-model, <task>-two, and what is made of them. */
async function addModels(task: SequenceTask): Promise<void> {
  const { store } = service;
  const { names: labels, coefficients, intercepts } = SAVED[task];
  const { id: _id, labels: _labels, composition: _composition, ...base } = await store.prisma.model.findFirstOrThrow();
  type Rest = Pick<Model, "checksum"> & Partial<Pick<Model, "artifact">>;
  const add = (name: string, rest: Rest, composition?: Composition) =>
    store.prisma.model.create({
      data: {
        ...{ ...base, ...rest, id: newId(), name: `${task}-${name}`, task, labels },
        target: task === "SINGLE_LABEL" ? "class" : null,
        ...(composition ? { composition: { ...composition } } : {}),
      },
    });
  const one = await add("model", { checksum: `${task} one` });
  const two = await add("two", { checksum: `${task} two` });
  const artifact = `models/${task}`;
  await store.artifacts.write(`${artifact}/probe.json`, writeProbe({ task, labels, coefficients, intercepts }));
  await add("probe", { checksum: `${task} probe`, artifact }, { kind: "PROBE", base: one.id, pooling: "CLS" });
  const made = ensembleData(`${task}-ensemble`, [one, two], SAVED.weights);
  await store.prisma.model.create({ data: { id: newId(), ...made, card: "" } });
}

describe.each(TASKS)("scores of %s", (task) => {
  it.each(["model", "ensemble", "probe"] as const)(
    "by a checkpoint, ensemble or probe (%s) are those of scikit-learn",
    async (by) => {
      const { names, reference } = SAVED[task];
      const { startEvaluation } = await service.data<{ startEvaluation: { run: { id: string } } }>(START, {
        input: { model: `${task}-${by}`, dataset: "kept-aside" },
      });
      const { id } = startEvaluation.run;
      await ended(service.application.runs, Buffer.from(id, "base64url").toString().split(":")[1]);
      const { run } = await service.data<{ run: Run }>(RUN, { id });
      const targets = task === "SINGLE_LABEL" ? ["class"] : names;
      expect(run).toMatchObject({ kind: "EVALUATION", status: "SUCCEEDED", error: null, task, targets, model: null });
      const { evaluation } = run;
      const { count, scores, constant, answers, ...expected } = reference[by];
      expect(evaluation).toMatchObject({ count, task, labels: names, splitStrategy: null, newMolecules: null });
      // Nothing says what these models were trained on, so no scaffold is known to be new.
      expect(evaluation).toMatchObject({ newScaffolds: null });
      expect(evaluation.scores.map(({ name }) => name).sort()).toEqual(Object.keys(scores).sort());
      for (const { name, value } of evaluation.scores) close(value, scores[name], name);
      for (const { name, value } of evaluation.intervals) close(value, scores[name], `${name} of the report`);
      expect(evaluation.molecules).toHaveLength(count);
      for (const [row, { scores: own }] of evaluation.molecules.entries())
        for (const [place, value] of own.entries()) close(value, answers[row][place], `answer ${row}`);
      expect(evaluation.baselines.map(({ kind }) => kind)).toEqual(["CONSTANT"]);
      for (const [name, value] of Object.entries(constant))
        close(evaluation.baselines[0].scores.find((one) => one.name === name)?.value, value, `constant ${name}`);
      if (expected.confusion) expect(evaluation.confusionMatrix).toEqual(expected.confusion);
      for (const [place, [precision, recall, f1, support]] of (expected.classes ?? []).entries())
        allClose(evaluation.classes[place], { precision, recall, f1, support });
      for (const [place, values] of (expected.labels ?? []).entries()) allClose(evaluation.labelScores[place], values);
      for (const [place, values] of (expected.targets ?? []).entries())
        allClose(evaluation.targetScores[place], values);
      const unknown = task === "SINGLE_LABEL" ? ["UNKNOWN_CLASSES"] : [];
      expect(run.warnings.map(({ code }) => code)).toEqual([...unknown, "TRAINING_UNKNOWN"]);
    },
  );
});

function close(value: number | null | undefined, expected: number, name: string): void {
  expect(typeof value, name).toBe("number");
  expect(Math.abs((value as number) - expected), name).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(expected)));
}

function allClose(values: object, expected: Scores): void {
  for (const [name, value] of Object.entries(expected)) close((values as Scores)[name], value, name);
}

interface Run {
  warnings: { code: string }[];
  evaluation: {
    scores: { name: string; value: number | null }[];
    intervals: { name: string; value: number | null }[];
    molecules: { scores: number[] }[];
    confusionMatrix: number[][];
    classes: object[];
    labelScores: object[];
    targetScores: object[];
    baselines: { kind: string; scores: { name: string; value: number | null }[] }[];
  };
}
