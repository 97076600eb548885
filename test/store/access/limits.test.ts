/** The table of limits of keys: what the environment sets, and what is wrong there. */
import { describe, expect, it } from "vitest";
import { accessLimits, readAccessLimits } from "../../../src/store/access/limits.js";

const VARIABLES = ["MAILLARD_KEY_POINTS", "MAILLARD_KEY_RUNS", "MAILLARD_KEY_BYTES", "MAILLARD_AUDIT_DAYS"];

describe("limits of keys", () => {
  it("are those of the table where the environment is silent", () => {
    expect(readAccessLimits({})).toEqual({ limits: accessLimits(), problems: [] });
    expect(accessLimits()).toEqual({
      pointsPerMinute: 1_000_000,
      maxRuns: 50,
      maxBytes: 50 * 1024 ** 3,
      auditDays: 90,
    });
  });

  it("are set by a variable each", () => {
    const environment = Object.fromEntries(VARIABLES.map((name, index) => [name, String(index + 1)]));
    expect(readAccessLimits(environment)).toEqual({
      limits: { pointsPerMinute: 1, maxRuns: 2, maxBytes: 3, auditDays: 4 },
      problems: [],
    });
  });

  it.each(["0", "-1", "1.5", "many", "1e400", "9007199254740992"])("names every variable that is %s", (text) => {
    const environment = Object.fromEntries(VARIABLES.map((name) => [name, text]));
    expect(readAccessLimits(environment).problems.map(({ param }) => param)).toEqual(VARIABLES);
  });
});
