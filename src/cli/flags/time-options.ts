/** Spans and points of time, as people write them. */
import { InvalidArgumentError } from "commander";

const MINUTES: Record<string, number> = { m: 1, h: 60, d: 24 * 60, w: 7 * 24 * 60 };

/** 90d, 12h, 30m, 2w -> minutes. */
export function minutes(text: string): number {
  const [, number, unit] = /^(\d{1,6})([mhdw])$/.exec(text.trim()) ?? [];
  if (unit) return Number(number) * MINUTES[unit];
  throw new InvalidArgumentError("Give a number with its unit: 30m, 12h, 90d or 2w.");
}

/** A span from now on, or a date (2027-03-01, of that day's start in UTC) or time in ISO 8601. */
export function laterTime(text: string): Date {
  if (/^\d+[mhdw]$/.test(text.trim())) return new Date(Date.now() + minutes(text) * 60_000);
  const at = /^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d))?$/.test(text.trim()) ? new Date(text.trim()) : null;
  if (at && !Number.isNaN(at.getTime())) return at;
  throw new InvalidArgumentError("Give a span (30m, 12h, 90d, 2w) or a date (2027-03-01, 2027-03-01T12:00:00Z).");
}
