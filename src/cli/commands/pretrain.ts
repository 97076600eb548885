/**
 * `maillard pretrain`, in two ways:
 *   --corpus, --out      a file of SMILES, without a server, in this process: between two steps it handles signals and
 *                        the progress bar (pretraining.ts). The options that decide the numbers belong to the output
 *                        folder: with other ones it is refused, not overwritten.
 *   --dataset, --name    a run of the server on the molecules of a dataset, which is followed as any other
 * Options are those of one table (train/options/pretrain-rows.ts).
 */
import { resolve } from "node:path";
import type { Command } from "commander";
import {
  PRETRAIN_DEFAULTS as DEFAULTS,
  PRETRAIN_ROWS,
  type PretrainOptions,
  type PretrainRow,
  SHAPE_OPTIONS,
  shapeRule,
} from "../../train/pretrain/pretrain-options.js";
import { START_PRETRAINING } from "../documents/run.js";
import { usage } from "../failure.js";
import { alsoCalled } from "../flags/alias.js";
import { addRowFlags } from "../flags/option-flags.js";
import { type AnnotationOptions, addAnnotationFlags, annotationsOf } from "../flags/runs/annotation-flags.js";
import { estimateLine } from "../follow/recipe-line.js";
import { watchRun } from "../follow/watch-run.js";
import type { StartPretrainingInput } from "../generated/graphql.js";
import type { Session } from "../session.js";

/** What was given of the table; all of it is left out where it was not. */
type Given = Partial<Omit<PretrainOptions, "shape" | "base" | "output" | "corpus" | "warmup">> &
  Partial<PretrainOptions["shape"]> & { warmupRatio?: number; evalSteps?: number; device?: string };

interface Ways extends AnnotationOptions {
  corpus?: string;
  out?: string;
  dataset?: string;
  name?: string;
  base?: string;
  idempotencyKey?: string;
  watch?: boolean;
  json?: boolean;
}

/** Steps between two states of the bar; it decides nothing. */
const BAR_EVERY = 5;

export function register(program: Command, session: Session): void {
  const command = program
    .command("pretrain")
    .description("make a base model: of a file of SMILES without a server, or of a dataset as a run of the server")
    .option("-c, --corpus <file>", "SMILES, one a line (.smi, .smi.gz); what follows white space is left out")
    .option("-o, --out <folder>", "of --corpus: receives the model, its vocabulary and the state to go on from")
    .option("-d, --dataset <name>", "dataset of the server to learn from, in the background")
    .option("-n, --name <name>", "of --dataset: name of the run and of its model");
  addRowFlags(command, PRETRAIN_ROWS, ({ engine, service }) => (engine ?? service) as NonNullable<typeof engine>);
  addAnnotationFlags(command, "of --dataset: ")
    .option(
      "-b, --base <model>",
      "model to continue, of --corpus its folder in Hugging Face layout; vocabulary and shape are then its own",
    )
    .option("--idempotency-key <key>", "of --dataset: the same key starts one run only")
    .option("-w, --watch", "of --dataset: follow it to its end")
    .option("--json", "answer as JSON")
    .action(async ({ priority, description, tag, ...options }: Ways & Given) => {
      const { corpus, out, dataset, name, base, idempotencyKey, watch, json, ...given } = options;
      const annotations = { priority, description, tag };
      const ways = { corpus, out, dataset, name, base, idempotencyKey, watch, json, ...annotations };
      checkShape(ways, given);
      if (dataset !== undefined) return order(session, ways, given);
      if (corpus === undefined || out === undefined)
        throw usage("Give --corpus <file> and --out <folder>, or --dataset <name> and --name <name>.");
      const wrong = [
        ...refused("engine", given),
        ...Object.entries({ name, watch, idempotencyKey, ...annotations }).flatMap(([key, value]) =>
          value === undefined ? [] : [key],
        ),
      ];
      if (wrong.length > 0) throw usage(`${flagOf(wrong[0])} is of --dataset, and not of --corpus: leave it out.`);
      const { runPretraining } = await import("../pretraining.js");
      await runPretraining(session, optionsOf({ corpus, out, base }, given), { json });
    });
  alsoCalled(command, "--output <folder>", "out");
  alsoCalled(command, "--warmup <share>", "warmupRatio");
}

const flagOf = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** Options that were given although one of the two ways lacks them. */
const refused = (way: "engine" | "service", given: Given): string[] =>
  Object.keys(given).filter((name) => {
    const row: { engine: unknown; service?: unknown } = PRETRAIN_ROWS[name as PretrainRow];
    return row[way] === null && given[name as keyof Given] !== undefined;
  });

function checkShape({ base }: Ways, given: Given): void {
  const shaped = SHAPE_OPTIONS.find((name) => given[name] !== undefined);
  if (base !== undefined && shaped !== undefined)
    throw usage(`--base brings its own shape: leave ${flagOf(shaped)} out.`);
  const { width = DEFAULTS.shape.width, heads = DEFAULTS.shape.heads } = given;
  if (shapeRule({ width, heads }) !== null)
    throw usage(`--width ${width} is not a multiple of --heads ${heads}: every head has an equal share.`);
}

async function order(session: Session, ways: Ways, given: Given): Promise<void> {
  const { corpus, out, dataset, name, base, idempotencyKey, watch, json } = ways;
  if (corpus !== undefined || out !== undefined)
    throw usage("--corpus and --out are of a file, and --dataset is of the server: give one of the two.");
  if (dataset === undefined || name === undefined) throw usage("--dataset needs --name <name>, of run and model.");
  const [wrong] = refused("service", given);
  if (wrong !== undefined) throw usage(`${flagOf(wrong)} is of --corpus: a run takes what its worker has.`);
  const input: StartPretrainingInput = {
    ...given,
    dataset,
    name,
    baseModel: base,
    idempotencyKey,
    ...annotationsOf(ways),
  };
  const { run } = (await session.client.execute(START_PRETRAINING, { input })).startPretraining;
  if (run.estimate) session.terminal.err(estimateLine(run.estimate));
  if (watch) return watchRun(session, run, { json });
  if (json) return session.json(run);
  session.terminal.out(`${run.name}  ${run.status}  ${run.id}`);
  session.terminal.err(`Follow it: npx maillard watch ${run.name}`);
}

/** Keys in the order of PRETRAIN_DEFAULTS, then corpus and output: the order is part of the identity of the state. */
function optionsOf(
  { corpus, out, base }: { corpus: string; out: string; base: string | undefined },
  { width, layers, heads, maxLength, warmupRatio, ...rest }: Given,
): PretrainOptions {
  const { shape, warmup } = DEFAULTS;
  return {
    ...DEFAULTS,
    ...{ corpus: resolve(corpus), output: resolve(out) },
    logEvery: BAR_EVERY,
    ...rest,
    warmup: warmupRatio ?? warmup,
    shape: {
      width: width ?? shape.width,
      layers: layers ?? shape.layers,
      heads: heads ?? shape.heads,
      maxLength: maxLength ?? shape.maxLength,
    },
    base: base === undefined ? null : resolve(base),
  };
}
