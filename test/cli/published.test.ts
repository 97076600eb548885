/** Defaults of an experiment: the published recipe, selections and split of rows. */
import { expect, it } from "vitest";
import { FOODB, PUBLISHED_SELECTION, PUBLISHED_TARGETS, rowSplitOf } from "../../src/cli/experiment/published.js";
import { recipeFor } from "../../src/cli/experiment/recipe.js";
import { startTestService } from "../support/api.js";
import { maillard } from "../support/command-line.js";

it("trains checkpoints of the published shape by the published recipe, narrower ones by the measured one", () => {
  const { settings } = recipeFor({ width: 768 });
  expect(settings).toEqual({
    epochs: 5,
    batchSize: 16,
    learningRate: 2e-5,
    weightDecay: 0.01,
    warmupRatio: 0,
    augmentation: 0,
    evaluationForms: 1,
  });
  expect(recipeFor({ width: 1024 }).settings).toEqual(settings);
  expect(recipeFor({ width: 256 }).settings).toMatchObject({ epochs: 8, learningRate: 4e-4, augmentation: 4 });
});

it("learns of FooDB what the published analysis learned", () => {
  expect(PUBLISHED_TARGETS).toEqual(["superclass", "flavor", "health_effect", "ontology4", "ontology5"]);
  expect(PUBLISHED_TARGETS.map((target) => PUBLISHED_SELECTION[target])).toEqual([
    { topClasses: 7 },
    { maxClassSize: 199, topClasses: 10 },
    { topClasses: 10 },
    { maxClassSize: 500, topClasses: 10 },
    { maxClassSize: 500, topClasses: 10 },
  ]);
});

it.each([
  ["several labels a molecule: a row each", FOODB, "SCAFFOLD", "MULTI_LABEL", true, { strategy: "ROW" }],
  ["FooDB's classes: a row a flavor", FOODB, "SCAFFOLD", "SINGLE_LABEL", true, { strategy: "ROW", column: "flavor" }],
  ["without flavors: a random split", FOODB, "SCAFFOLD", "SINGLE_LABEL", false, { strategy: "RANDOM" }],
  ["another dataset's classes: a random split", "mine", "COLUMN", "SINGLE_LABEL", true, { strategy: "RANDOM" }],
  ["numbers: a random split", "mine", "SCAFFOLD", "NUMBER", false, { strategy: "RANDOM" }],
  ["a random split already: none", "mine", "RANDOM", "SINGLE_LABEL", false, null],
] as const)("splits rows as published, of %s", (_, dataset, strategy, kind, flavored, split) => {
  expect(rowSplitOf({ dataset, split: { strategy } }, { kind, flavored })?.split ?? null).toEqual(split);
});

it("refuses a dump for another dataset, and another name for the dump's", async () => {
  const service = await startTestService();
  try {
    for (const args of [
      ["mine", "--data", "dump.tar", "--target", "taste"],
      ["foodb", "--data", "dump.tar", "--dataset", "mine"],
    ]) {
      const { exitCode, err } = await maillard(`${service.url}/graphql`, ["experiment", ...args]);
      expect([exitCode, err.split(" ")[0]]).toEqual([1, "USAGE"]);
    }
  } finally {
    await service.close();
  }
});
