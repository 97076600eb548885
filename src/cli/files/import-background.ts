/**
 * `maillard import --background`: the file is sent as it is, with the columns that were chosen, and a run of the server
 * imports it.
 */
import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import type { Readable } from "node:stream";
import type { ConflictRule } from "../../datasets/conflicts/rules.js";
import type { TableOptions } from "../../datasets/files/choose-columns.js";
import type { CsvColumns } from "../../datasets/files/csv.js";
import { startProgress } from "../output/progress.js";
import type { Session } from "../session.js";
import { sendTo, wentAway } from "./upload.js";

type Query = [string, string][];

interface Started {
  id: string;
  name: string;
  kind: string;
  status: string;
}

interface Line {
  run?: Started;
  error?: { code: string; message: string };
}

interface Target {
  dataset: string;
  description?: string;
  source?: string;
  onConflict?: ConflictRule;
  json?: boolean;
}

export function importTableInBackground(
  session: Session,
  path: string,
  table: { columns: CsvColumns; options: TableOptions },
  target: Target,
): Promise<void> {
  const query = tableQuery(table.columns, table.options);
  return order(session, createReadStream(resolve(path)), "csv", query, target);
}

export function importDumpInBackground(session: Session, body: Readable, target: Target): Promise<void> {
  return order(session, body, "foodb", [], target);
}

async function order(
  session: Session,
  body: Readable,
  format: "csv" | "foodb",
  table: Query,
  { dataset, description, source, onConflict, json }: Target,
): Promise<void> {
  const query = new URLSearchParams([
    ...table,
    ["dataset", dataset],
    ...named("description", description),
    ...named("source", source),
    ...named("onConflict", onConflict),
    ["background", "true"],
  ]);
  const progress = await startProgress(session.terminal, dataset);
  let run: Started | undefined;
  try {
    for await (const line of sendTo<Line>(session.client, `/import/${format}?${query}`, body)) run = line.run ?? run;
  } finally {
    progress.stop();
  }
  if (!run) throw wentAway();
  if (json) return session.json(run);
  session.lines([`${run.name}  ${run.status}  ${run.id}`]);
  session.terminal.err(`Try: npx maillard watch ${run.id}`);
}

/** As src/api/transport/uploads/table-options.ts reads it: the columns that were chosen, and what the user named. */
function tableQuery(columns: CsvColumns, options: TableOptions): Query {
  const { labels = [], multiLabels = [], numbers = [] } = columns;
  const kinds: [string, readonly string[]][] = [
    ["label", labels],
    ["multi", multiLabels],
    ["number", numbers],
  ];
  const taken = kinds.flatMap(([field, names]) => names.map((name): [string, string] => [field, name]));
  return [
    ["smiles", columns.smiles],
    ...named("name", columns.name),
    ...(taken.length > 0 ? taken : ([["label", ""]] as Query)),
    ...named("format", columns.format === "SMILES" ? "smiles" : options.format?.toLowerCase()),
    ...named("separator", options.separator),
    ...named("delimiter", options.delimiter === "\t" ? "tab" : options.delimiter),
    ...named("encoding", options.encoding),
    ...named("sheet", options.sheet),
    ...named("header", options.header?.toString()),
    ...named("decimal", options.decimal),
    ...(options.missing?.length === 0 ? ([["missing", ""]] as Query) : []),
    ...(options.missing ?? []).map((text): [string, string] => ["missing", text]),
  ];
}

const named = (field: string, value: string | undefined): Query => (value === undefined ? [] : [[field, value]]);
