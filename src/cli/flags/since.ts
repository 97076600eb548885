/** --since: a time ago (30m, 12h, 7d) or a date. */
import { InvalidArgumentError, Option } from "commander";

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

export const sinceOption = (): Option =>
  new Option("--since <time>", "only entries since then: 30m, 12h, 7d ago, or a date such as 2026-11-30").argParser(
    (text) => momentOf(text),
  );

/** ISO 8601. */
export function momentOf(text: string, now = Date.now()): string {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const time = unit ? now - Number(count) * UNITS[unit] : /^\d{4}-/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw new InvalidArgumentError("Give 30m, 12h or 7d, or a date such as 2026-11-30.");
  return new Date(time).toISOString();
}
