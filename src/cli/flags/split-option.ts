/** --split of commands that read scores, and of commands that use a part of a dataset. */
import { InvalidArgumentError, Option } from "commander";
import { SPLITS } from "../../scores/types.js";
import type { Client } from "../client.js";
import { findRun } from "../find-run.js";
import type { Split } from "../generated/graphql.js";
import { names } from "./options.js";

const SCORED: readonly Split[] = ["TEST", "VALIDATION"];

/** Accepts test and TEST. */
export const splitOption = (): Option =>
  new Option("--split <split>", "whose scores: test or validation").default("TEST").argParser((text): Split => {
    const found = SCORED.find((name) => name === text.toUpperCase());
    if (found) return found;
    throw new InvalidArgumentError(`Give one of ${SCORED.join(", ").toLowerCase()}.`);
  });

/** One of all three. */
export const partOption = (): Option =>
  new Option("--split <split>", "of --column: train, validation or test").default("TEST").argParser((text): Split => {
    const found = SPLITS.find((split) => split === text.toUpperCase());
    if (found) return found;
    throw new InvalidArgumentError(`Give one of ${SPLITS.join(", ").toLowerCase()}.`);
  });

/** train,TEST -> ["TRAIN", "TEST"] */
export const splits = (text: string): Split[] =>
  names(text).map((name) => {
    const found = SPLITS.find((split) => split === name.toUpperCase());
    if (found) return found;
    throw new InvalidArgumentError(`Give one or several of ${SPLITS.join(", ").toLowerCase()}, with commas between.`);
  });

export interface PartOptions {
  run?: string;
  split?: Split[];
}

export const runOption = (): Option =>
  new Option(
    "--run <run>",
    "id or name of a finetune or probe on this dataset, which knows the split of each molecule",
  );

/** `otherwise`: which they are where none is given. */
export const splitsOption = (otherwise = ""): Option =>
  new Option(
    "--split <a,b,…>",
    `only molecules of these splits of --run: train, validation, test${otherwise}`,
  ).argParser(splits);

/** As arguments of the API; NOT_FOUND when there is no such run. */
export async function partOf(client: Client, { run, split }: PartOptions) {
  return { run: run === undefined ? undefined : (await findRun(client, run)).id, split };
}
