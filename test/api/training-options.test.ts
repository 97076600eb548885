/**
 * Options of training through the API: each is in the schema with the engine's default, is checked before the run, and
 * has its effect.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildSchema, type GraphQLInputObjectType } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENGINE_OPTIONS, engineView, rowOf, type SettingName, serviceView } from "../../src/train/options/table.js";
import { alkyls, importLibrary, startTestService, type TestService } from "../support/api.js";
import { ended } from "../support/run-fixtures.js";

const START = `mutation ($input: StartFinetuneInput!) { startFinetune(input: $input) { run { id status } } }`;
let service: TestService;
beforeAll(async () => {
  service = await startTestService();
  await importLibrary(service, "alkyls", alkyls(14));
});
afterAll(() => service.close());

const input = (name: string, rest: object) => ({
  name,
  baseModel: "base",
  dataset: "alkyls",
  target: "superclass",
  recipe: "PUBLISHED",
  dropout: 0,
  split: { strategy: "STRATIFIED", fractions: [0.6, 0.2, 0.2] },
  ...rest,
});

describe("the schema", () => {
  const schema = buildSchema(readFileSync(join(import.meta.dirname, "..", "..", "schema.graphql"), "utf8"));
  const fields = (schema.getType("StartFinetuneInput") as GraphQLInputObjectType).getFields();
  const ours = ["maskProbability", "threads"];
  const older = ["epochs", "batchSize", "learningRate", "weightDecay", "logEvery", "checkpointEvery"];
  const names = ENGINE_OPTIONS.filter((name) => !ours.includes(name));

  it.each(names)("has %s, with its rule and its default", (name) => {
    const { huggingFace } = rowOf(name);
    const { default: initial } = engineView(name);
    const { description, defaultValue } = fields[name];
    expect(description?.length).toBeGreaterThan(30);
    if (older.includes(name)) return;
    if (rowOf(name).byRecipe) {
      expect([defaultValue, String(fields[name].type).endsWith("!")]).toEqual([undefined, false]);
      return expect(description).toContain(
        `Null: what \`recipe\` says; of PUBLISHED ${serviceView(name as SettingName).default}.`,
      );
    }
    // Values of enums have upper-case names.
    expect(defaultValue ?? null).toEqual(typeof initial === "string" ? initial.toUpperCase() : initial);
    const documented = !["warmupSteps", "gradientClip", "dropout", "seed", "lora"].includes(name);
    if (documented && huggingFace) expect(description).toContain(`Hugging Face: ${huggingFace}`);
  });
});

describe("a finetune", () => {
  it("accumulates, adapts, scores every n steps, stops early and keeps the best, as asked", async () => {
    const { startFinetune } = await service.data<{ startFinetune: { run: { id: string } } }>(START, {
      input: input("options", {
        epochs: 5,
        batchSize: 4,
        gradientAccumulationSteps: 2,
        learningRate: 1e-3,
        lrSchedulerType: "COSINE",
        lora: { rank: 2, targets: ["QUERY", "ATTENTION_OUTPUT"] },
        labelSmoothingFactor: 0.1,
        logEvery: 1,
        evalSteps: 2,
        metricForBestModel: "loss",
        loadBestModelAtEnd: true,
        classWeights: "BALANCED",
        // No loss falls by 10: only the first evaluation counts as a gain.
        earlyStoppingPatience: 2,
        earlyStoppingThreshold: 10,
      }),
    });
    const { id } = startFinetune.run;
    const rowId = Buffer.from(id, "base64url").toString().split(":")[1];
    await ended(service.application.runs, rowId);
    const { run } = await service.data<{ run: Run }>(
      `query ($id: ID!) { run(id: $id) { status progress { totalSteps } warnings { code message } input: inputJson
         splitSizes { split count } metrics(first: 1000) { step epoch split name value }
         model { task parameterCount card } baseModel { parameterCount } } }`,
      { id },
    );
    const training = run.splitSizes.find(({ split }) => split === "TRAIN")?.count as number;
    const stepsPerEpoch = Math.ceil(Math.ceil(training / 4) / 2);
    const totalSteps = 5 * stepsPerEpoch;
    expect(run).toMatchObject({ status: "SUCCEEDED", progress: { totalSteps }, model: { task: "SINGLE_LABEL" } });
    expect(
      run.warnings.filter(({ code }) => !["BELOW_BASELINE", "TEST_SMALL", "VALIDATION_SMALL"].includes(code)),
    ).toEqual([
      {
        code: "STOPPED_EARLY",
        message: `Stopped after step 6 of ${totalSteps}: 2 evaluations in a row without gain of loss.`,
      },
    ]);
    const steps = (split: string, name: string) =>
      run.metrics.filter((metric) => metric.split === split && metric.name === name);
    expect(steps("VALIDATION", "loss").map(({ step }) => step)).toEqual([2, 4, 6]);
    for (const { step, value } of steps("TRAIN", "learningRate"))
      expect(value).toBeCloseTo(1e-3 * 0.5 * (1 + Math.cos((Math.PI * (step - 1)) / totalSteps)), 12);
    expect(steps("TRAIN", "learningRate").map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(run.input).toMatchObject({ lora: { rank: 2, alpha: 8, targets: ["query", "attentionOutput"] } });
    expect(run.model.card).toContain("gradientAccumulationSteps 2");
    expect(run.model.card).not.toContain("adamBeta1");
  });

  it.each([
    [{ gradientAccumulationSteps: 0 }, "gradientAccumulationSteps"],
    [{ warmupRatio: 0.1, warmupSteps: 3 }, "warmupRatio"],
    [{ frozenLayers: 3 }, "frozenLayers"],
    [{ lora: { rank: 33 } }, "lora"],
    [{ lora: { targets: [] } }, "lora"],
    [{ metricForBestModel: "rmse" }, "metricForBestModel"],
    [{ loadBestModelAtEnd: true, split: { strategy: "RANDOM", fractions: [0.9, 0, 0.1] } }, "loadBestModelAtEnd"],
    [{ earlyStoppingPatience: 1, split: { strategy: "RANDOM", fractions: [0.9, 0, 0.1] } }, "earlyStoppingPatience"],
  ])("%j is refused before there is a run", async (rest, param) => {
    expect(await service.refusal(START, { input: input("refused", rest) })).toMatchObject({
      code: "INVALID_CONFIG",
      param,
    });
    expect(await service.store.prisma.run.count({ where: { name: "refused" } })).toBe(0);
    expect(service.problems).toEqual([]);
  });
});

interface Run {
  splitSizes: { split: string; count: number }[];
  metrics: { step: number; split: string; name: string; value: number }[];
  warnings: { code: string; message: string }[];
  input: object;
  model: { card: string };
}
