/**
 * `maillard probe`: a linear layer on the embeddings of a model, which itself stays as it is, on fingerprints, or on
 * counts.
 * Seconds, not hours.
 */
import type { Command } from "commander";
import { Option } from "commander";
import { START_PROBE } from "../documents/run.js";
import { addOverlapFlag, type OverlapOptions, withOverlapFile } from "../files/overlap-file.js";
import { positiveNumbers } from "../flags/options.js";
import { madeUpName } from "../flags/run-name.js";
import { type AnnotationOptions, addAnnotationFlags, annotationsOf } from "../flags/runs/annotation-flags.js";
import { addSplitFlags, type ClassRules, type Split, splitOf } from "../flags/split-flags.js";
import { poolingOption } from "../flags/vector-options.js";
import { watchRun } from "../follow/watch-run.js";
import type { OnOverlap, Pooling } from "../generated/graphql.js";
import type { Session } from "../session.js";

interface Options extends Split, ClassRules, OverlapOptions, AnnotationOptions {
  base: string;
  dataset: string;
  target: string[];
  name?: string;
  features: keyof typeof FEATURES;
  pooling: Pooling;
  inverseRegularization?: number[];
  balanced?: boolean;
  seed?: number;
  onOverlap?: OnOverlap;
  idempotencyKey?: string;
  watch?: boolean;
  json?: boolean;
}

const FEATURES = { embedding: "EMBEDDING", fingerprint: "MORGAN_FINGERPRINT", counts: "MORGAN_COUNTS" } as const;

export function register(program: Command, session: Session): void {
  const command = program
    .command("probe")
    .description("fit a linear layer on a model's embeddings, fingerprints or counts, in the background")
    .option("-b, --base <model>", "model whose embeddings are read", "base")
    .option("-d, --dataset <name>", "dataset to learn from", "sample")
    .requiredOption(
      "-t, --target <label set...>",
      'label set to learn, or several of numbers or of 0 and 1: also "NR-*"',
    )
    .option("-n, --name <name>", "name of the run and of its model (default: made from target and dataset)")
    .addOption(
      new Option(
        "-f, --features <name>",
        "what the layer stands on: embedding, fingerprint (Morgan, 2,048 bits), or counts (of Morgan environments)",
      )
        .choices(Object.keys(FEATURES))
        .default("embedding"),
    )
    .addOption(poolingOption())
    .option(
      "-C, --inverse-regularization <numbers>",
      "of several the validation split chooses (default: 1; of counts a few)",
      positiveNumbers,
    )
    .option("--balanced", "an example weighs by how rare its class is");
  addAnnotationFlags(addOverlapFlag(addSplitFlags(command, "Seed of the split.")))
    .option("--idempotency-key <key>", "the same key starts one run only")
    .option("-w, --watch", "follow it to its scores")
    .option("--json", "answer as JSON; with --watch the finished run")
    .action(async (options: Options) => {
      const { base, target, watch, json, split, column, fractions: shares, balanced, features, ...others } = options;
      const { overlapOut: _overlapOut, priority, description, tag, ...rest } = others;
      const splitInput = splitOf({ split, column, fractions: shares });
      const input = {
        ...rest,
        ...annotationsOf({ priority, description, tag }),
        ...(target.length === 1 ? { target: target[0] } : { targets: target }),
        name: options.name ?? madeUpName(options, { kind: features === "embedding" ? "-probe" : `-${features}` }),
        baseModel: base,
        ...(features === "embedding" ? {} : { features: FEATURES[features] }),
        ...(balanced ? { classWeights: "BALANCED" as const } : {}),
        ...(splitInput ? { split: splitInput } : {}),
      };
      const { run } = await withOverlapFile(session, options, async () => {
        return (await session.client.execute(START_PROBE, { input })).startProbe;
      });
      if (watch) return watchRun(session, run, { json });
      if (json) return session.json(run);
      session.terminal.out(`${run.name}  ${run.status}  ${run.id}`);
      session.terminal.err(`Follow it: npx maillard watch ${run.name}`);
    });
}
