/** --since: a time ago (30m, 12h, 7d) or a date. */
import { Option } from "commander";
import { laterTime, minutes } from "./time-options.js";

export const sinceOption = (what = "entries"): Option =>
  new Option("--since <time>", `only ${what} since then: 30m, 12h, 7d ago, or a date such as 2026-11-30`).argParser(
    (text) => momentOf(text),
  );

/** ISO 8601. */
export function momentOf(text: string, now = Date.now()): string {
  const isSpan = /^\d+[mhdw]$/.test(text.trim());
  return (isSpan ? new Date(now - minutes(text) * 60_000) : laterTime(text)).toISOString();
}
