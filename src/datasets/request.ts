/** The rules of an import request, checked before any work. */
import { MaillardError } from "../errors.js";
import { faultOf, isStorable } from "../text.js";
import { LONGEST_TEXT } from "./limits.js";
import type { ImportRequest } from "./types.js";

const MAX_ROWS = 1_000;
/** Texts that mean "not known". */
const MAX_MISSING = 100;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export function checkName(name: string, param: string): void {
  if (NAME.test(name)) return;
  const shown = JSON.stringify(name.slice(0, 80));
  throw new MaillardError(
    "BAD_INPUT",
    `${shown} is not a name: 1 to 64 letters, digits, dots, dashes or underscores, beginning with a letter or digit.`,
    { param },
  );
}

export function checkRequest({ dataset, rows, description, source, labelKinds, missing }: ImportRequest): void {
  checkName(dataset, "name");
  if (rows.length === 0)
    throw new MaillardError("EMPTY_INPUT", "No rows were given: send 1 to 1,000.", { param: "rows" });
  if (rows.length > MAX_ROWS) {
    throw new MaillardError(
      "TOO_MANY_ITEMS",
      `${rows.length} rows were given; at most ${MAX_ROWS} are taken in one call. Send several.`,
      {
        param: "rows",
        details: { maximum: MAX_ROWS, actual: rows.length },
      },
    );
  }
  checkLength(description, 10_000, "description");
  checkLength(source, 10_000, "source");
  for (const set of Object.keys(labelKinds ?? {})) checkSet(set);
  checkMissing(missing);
  for (const row of rows) {
    if (!Number.isInteger(row.line) || row.line < 1) {
      throw new MaillardError("BAD_INPUT", `A row has the line ${row.line}: lines count from 1.`, { param: "rows" });
    }
    checkLength(row.name, LONGEST_TEXT, "rows", row.line);
    checkLength(row.problem, 1_000, "rows", row.line);
    for (const [set, values] of Object.entries(row.labels)) {
      checkSet(set);
      for (const value of values) checkLength(value, LONGEST_TEXT, "rows", row.line);
    }
  }
}

/** TOO_MANY_ITEMS, BAD_INPUT. */
export function checkMissing(missing: readonly string[] = []): void {
  if (missing.length > MAX_MISSING)
    throw new MaillardError(
      "TOO_MANY_ITEMS",
      `${missing.length} texts that mean "not known" were given; at most ${MAX_MISSING} are taken.`,
      { param: "missing", details: { maximum: MAX_MISSING, actual: missing.length } },
    );
  for (const text of missing) checkLength(text, LONGEST_TEXT, "missing");
}

function checkSet(set: string): void {
  if (set.length > 0 && set.length <= 100 && isStorable(set)) return;
  throw new MaillardError(
    "BAD_INPUT",
    `${JSON.stringify(set.slice(0, 120))} is not the name of a label set: 1 to 100 characters.`,
    {
      param: "labels",
    },
  );
}

function checkLength(text: string | undefined, maximum: number, param: string, line?: number): void {
  if (text === undefined || (text.length <= maximum && isStorable(text))) return;
  const place = line === undefined ? "" : ` (line ${line})`;
  const rule =
    text.length > maximum ? `has ${text.length} characters; at most ${maximum} are taken` : `has ${faultOf(text)}`;
  throw new MaillardError("BAD_INPUT", `A text in ${param}${place} ${rule}.`, { param });
}
