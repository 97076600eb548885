/** --since: times ago and dates. */
import { describe, expect, it } from "vitest";
import { momentOf } from "../../../src/cli/flags/since.js";

const NOW = Date.parse("2026-11-30T12:00:00Z");

describe("--since", () => {
  it.each([
    ["30m", "2026-11-30T11:30:00.000Z"],
    ["12h", "2026-11-30T00:00:00.000Z"],
    ["7d", "2026-11-23T12:00:00.000Z"],
    ["2026-11-01", "2026-11-01T00:00:00.000Z"],
    ["2026-11-01T08:00:00Z", "2026-11-01T08:00:00.000Z"],
  ])("%s is %s", (text, moment) => expect(momentOf(text, NOW)).toBe(moment));

  it.each(["yesterday", "7", "d", "7y", "2026-13-01", "-1d", "9999999d"])("%s is refused", (text) =>
    expect(() => momentOf(text, NOW)).toThrow(),
  );
});
