/** Flags of `maillard finetune` for training, as the API gets them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { buildSchema, type GraphQLInputObjectType } from "graphql";
import { describe, expect, it } from "vitest";
import { addTrainingFlags, trainingInputOf } from "../../../src/cli/flags/training-flags.js";

const command = () => addTrainingFlags(new Command().exitOverride().configureOutput({ writeErr: () => undefined }));
const inputOf = (...args: string[]) => trainingInputOf(command().parse(args, { from: "user" }).opts());

describe("training flags", () => {
  it("are sent under the names of the API, and nothing is sent that was not given", () => {
    expect(inputOf()).toEqual({});
    expect(
      inputOf(
        "--gradient-accumulation-steps",
        "4",
        "--lr-scheduler-type",
        "cosine",
        "--class-weights",
        "balanced",
        "--max-grad-norm",
        "0",
        "--logging-steps",
        "5",
        "--save-steps",
        "7",
        "--load-best-model-at-end",
        "--lora-rank",
        "4",
        "--lora-targets",
        "query,attention-output",
        "--warmup-ratio",
        "0.06",
      ),
    ).toEqual({
      gradientAccumulationSteps: 4,
      lrSchedulerType: "COSINE",
      classWeights: "BALANCED",
      gradientClip: 0,
      logEvery: 5,
      checkpointEvery: 7,
      loadBestModelAtEnd: true,
      warmupRatio: 0.06,
      lora: { rank: 4, targets: ["QUERY", "ATTENTION_OUTPUT"] },
    });
  });

  it("are as many as the API has options of training", () => {
    const schema = buildSchema(readFileSync(join(import.meta.dirname, "..", "..", "..", "schema.graphql"), "utf8"));
    const fields = Object.keys((schema.getType("StartFinetuneInput") as GraphQLInputObjectType).getFields());
    const elsewhere = ["name", "baseModel", "dataset", "target", "targets", "split", "seed", "minClassSize"];
    const more = ["maxLength", "device", "randomInitialWeights", "idempotencyKey", "augmentation", "evaluationForms"];
    more.push("maxClassSize", "topClasses", "onOverlap", "priority", "description", "tags");
    const renamed: Record<string, string> = {
      maxGradNorm: "gradientClip",
      loggingSteps: "logEvery",
      saveSteps: "checkpointEvery",
      loraRank: "lora",
      loraAlpha: "lora",
      loraTargets: "lora",
    };
    const flags = command().options.map((option) => option.attributeName());
    expect([...new Set(flags.map((flag) => renamed[flag] ?? flag))].sort()).toEqual(
      fields.filter((field) => ![...elsewhere, ...more].includes(field)).sort(),
    );
  });

  it.each([
    [["--lr-scheduler-type", "polynomial"], /linear, cosine, constant/],
    [["--lora-rank", "4", "--lora-targets", "pooler"], /query, key, value, attention-output/],
    [["--eval-steps", "0"], /whole number from 1/],
    [["--lora-alpha", "8"], /--lora-rank/],
  ])("%j is refused with its rule", (args, rule) => {
    expect(() => inputOf(...args)).toThrow(rule);
  });
});
