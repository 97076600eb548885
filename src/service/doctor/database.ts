/** The database: which one, whether it can be used, and which migrations a start would apply. */
import { MaillardError } from "../../errors.js";
import type { DatabaseState } from "../../store/inspect/inspect.js";
import { type Finding, ok, problem } from "./finding.js";

export async function databaseFindings(inspect: () => Promise<DatabaseState>): Promise<Finding[]> {
  let state: DatabaseState;
  try {
    state = await inspect();
  } catch (error) {
    const advice = "Correct DATABASE_URL, or leave it out for the embedded PostgreSQL. See docs/database.md.";
    return [problem("DATABASE", "PostgreSQL", MaillardError.from(error).message, advice)];
  }
  return [ok("DATABASE", "PostgreSQL", described(state)), ...migrationFindings(state)];
}

function described({ mode, state, version }: DatabaseState): string {
  if (mode === "SERVER") return `${version}, the server of DATABASE_URL answers`;
  const what = {
    RUNNING: "runs and answers",
    STOPPED: "is stopped; a start starts it",
    ABSENT: "is not there yet; a start creates it",
  };
  return `${version}, the embedded one of MAILLARD_HOME ${what[state]}`;
}

function migrationFindings({ migrations, state }: DatabaseState): Finding[] {
  if (migrations === null) {
    const found = state === "ABSENT" ? "none applied; a start applies all" : "not known: the database is stopped";
    return [ok("DATABASE", "migrations", found)];
  }
  const { applied, missing } = migrations;
  const rest = missing.length === 0 ? "none missing" : `${missing.length} missing, which a start applies`;
  return [ok("DATABASE", "migrations", `${applied} applied, ${rest}`)];
}
