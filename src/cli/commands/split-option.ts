/** --split of commands that read scores. */
import { InvalidArgumentError, Option } from "commander";
import type { Split } from "../generated/graphql.js";

const SCORED: readonly Split[] = ["TEST", "VALIDATION"];

/** test is taken as well as TEST. */
export const splitOption = (): Option =>
  new Option("--split <split>", "whose scores: test or validation").default("TEST").argParser((text): Split => {
    const found = SCORED.find((name) => name === text.toUpperCase());
    if (found) return found;
    throw new InvalidArgumentError(`Give one of ${SCORED.join(", ").toLowerCase()}.`);
  });
