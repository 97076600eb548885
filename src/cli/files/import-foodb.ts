/** `maillard import foodb`: the tables of a dump that are read, sent as one stream; then the report of the import. */
import { resolve } from "node:path";
import type { ConflictRule } from "../../datasets/conflicts/rules.js";
import { packFoodb } from "../../datasets/foodb/pack.js";
import { CommandFailure, EXIT } from "../failure.js";
import type { Session } from "../session.js";
import { fileLimits } from "./file-limits.js";
import { importDumpInBackground } from "./import-background.js";
import { renderImport } from "./import-report.js";
import { type UploadAnswer, upload } from "./upload.js";

/** Null when a run imports it. */
export async function importFoodb(
  session: Session,
  path: string,
  {
    dataset,
    description,
    source,
    onConflict,
    problems,
    json,
    background,
  }: {
    dataset: string;
    description?: string;
    source?: string;
    onConflict?: ConflictRule;
    problems: number;
    json?: boolean;
    background?: boolean;
  },
): Promise<UploadAnswer | null> {
  const query = {
    dataset,
    ...(description ? { description } : {}),
    source: source ?? "FooDB (CC BY-NC 4.0), foodb.ca",
    ...(onConflict ? { onConflict } : {}),
  };
  const body = await packFoodb(resolve(path), fileLimits(session));
  if (background) {
    await importDumpInBackground(session, body, { ...query, json });
    return null;
  }
  const answer = await upload(session, body, { format: "foodb", query: Object.entries(query), title: "foodb" });
  if (answer.report.imported + answer.report.merged === 0) session.exitCode = EXIT.failed;
  if (json) {
    session.json(answer);
    return answer;
  }
  const whole = (value: number): string => value.toLocaleString("en-US");
  const { records, smilesColumn, danglingLinks, report } = answer;
  const links = Object.entries(danglingLinks).map(([table, byReason]) => {
    const counts = Object.entries(byReason).map(([reason, count]) => `${reason} ${whole(count)}`);
    const sum = Object.values(byReason).reduce((total, count) => total + count, 0);
    return `${table} ${whole(sum)} of ${whole(records[table])}${sum > 0 ? ` (${counts.join(", ")})` : ""}`;
  });
  const reasons = Object.entries(report.codes).map(([code, count]) => `${code} ${whole(count)}`);
  session.lines([
    `SMILES in column ${smilesColumn.position + 1} of Compound.csv, which its header calls ${smilesColumn.header}`,
    ...(links.length > 0 ? [`links that name no compound or term of the dump: ${links.join(", ")}`] : []),
    ...(reasons.length > 0 ? [`not taken: ${reasons.join(", ")}`] : []),
    ...renderImport(answer.dataset, report, problems, session.terminal),
  ]);
  return answer;
}

/** What is wrong with `maillard import foodb` without a path. */
export const pathMissing = (): CommandFailure =>
  new CommandFailure("USAGE", "Give the archive or folder too: maillard import foodb foodb_2020_4_7_csv.tar.gz");
