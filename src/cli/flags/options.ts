/** Parsers of option values: each returns the value or throws with its rule, before anything is sent. */
import { InvalidArgumentError } from "commander";

export const wholeNumber =
  (least: number, most: number = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text);
    if (/^[+-]?\d+$/.test(text.trim()) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Give a whole number ${range(least, most)}.`);
  };

/** `above`: the least value itself is not taken. */
export const decimal =
  (least: number, most: number = Number.POSITIVE_INFINITY, above = false) =>
  (text: string): number => {
    const value = Number(text);
    const fits = Number.isFinite(value) && value <= most && (above ? value > least : value >= least);
    if (text.trim() !== "" && fits) return value;
    throw new InvalidArgumentError(`Give a number ${above ? `above ${least}` : `from ${least}`}${upTo(most)}.`);
  };

/** a,b,c -> ["a", "b", "c"]; empty parts are left out. */
export const names = (text: string): string[] => {
  const parts = text.split(",").map((part) => part.trim());
  return parts.filter((part) => part !== "");
};

/** 0.1,1,10 */
export function positiveNumbers(text: string): number[] {
  const values = names(text).map(decimal(0, undefined, true));
  if (values.length > 0) return values;
  throw new InvalidArgumentError("Give one or more numbers above 0, such as 0.1,1,10.");
}

/** Three shares that add up to 1. */
export const fractions = (text: string): number[] => {
  const values = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  const sum = values.reduce((total, value) => total + value, 0);
  if (values.length === 3 && values.every((value) => value >= 0) && Math.abs(sum - 1) < 1e-6) return values;
  throw new InvalidArgumentError(
    "Give three shares (training, validation, test) that add up to 1, such as 0.8,0.1,0.1.",
  );
};

const range = (least: number, most: number): string =>
  most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`;
const upTo = (most: number): string => (most === Number.POSITIVE_INFINITY ? "" : ` and at most ${most}`);
