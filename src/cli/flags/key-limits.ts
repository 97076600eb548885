/** --points, --runs and --bytes: what a key may use. */
import { type Command, InvalidArgumentError } from "commander";
import { wholeNumber } from "./options.js";

export interface KeyLimitFlags {
  points?: number;
  runs?: number;
  bytes?: number;
}

/** `otherwise`: what holds when an option is left out. */
export const keyLimitOptions = (command: Command, otherwise: string): Command =>
  command
    .option("--points <n>", `cost points in a minute (${otherwise})`, wholeNumber(0, 2 ** 31 - 1))
    .option("--runs <n>", `runs and downloads that have not ended (${otherwise})`, wholeNumber(0, 2 ** 31 - 1))
    .option("--bytes <size>", `bytes on disk, such as 500M, 50G or 2T (${otherwise})`, bytes);

export const limitsOf = ({ points, runs, bytes: most }: KeyLimitFlags) => ({
  pointsPerMinute: points ?? null,
  maxRuns: runs ?? null,
  maxBytes: most ?? null,
});

const UNITS = ["", "K", "M", "G", "T"];

/** 1024 of each unit are one of the next. */
export function bytes(text: string): number {
  const [, number, unit] = /^(\d{1,15})([KMGT]?)(?:i?B)?$/i.exec(text.trim()) ?? [];
  const value = number ? Number(number) * 1024 ** UNITS.indexOf(unit.toUpperCase()) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError("Give a number of bytes, or one with K, M, G or T, such as 50G.");
}
