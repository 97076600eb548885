/** The limits of files that the command line reads: the same variables as of the server. A wrong value is USAGE. */
import { type ImportLimits, readImportLimits } from "../../datasets/files/csv.js";
import { usage } from "../failure.js";
import type { Session } from "../session.js";

export function fileLimits({ terminal }: Session): ImportLimits {
  const { limits, problems } = readImportLimits(terminal.environment);
  if (problems.length > 0) throw usage(problems[0].message);
  return limits;
}
