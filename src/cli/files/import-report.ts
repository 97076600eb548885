/** The report of an import, for people: counts, then each problem with its line, code and reason. */
import type { ConflictRule } from "../../datasets/conflicts/rules.js";
import { type ImportProblem, type ImportReport, ordered, type TextCount } from "../../datasets/types.js";
import { amount } from "../../words.js";
import { type Column, plain, renderTable } from "../output/table.js";
import { painter, type Terminal } from "../terminal.js";
import type { ImportedDataset } from "./import-file.js";

const COLUMNS: readonly Column<ImportProblem>[] = [
  { title: "line", value: ({ line }) => String(line), align: "right" },
  { title: "code", value: ({ code }) => code },
  { title: "reason", value: ({ message }) => message, maxWidth: 160 },
];

const number = (value: number): string => value.toLocaleString("en-US");

export function renderImport(
  dataset: ImportedDataset,
  report: ImportReport,
  shown: number,
  terminal: Terminal,
): string[] {
  const paint = painter(terminal);
  const { rows, imported, merged, dropped, problems, problemCount, missing } = report;
  const lines = [
    `${amount(rows, "row")}: ${paint("green", `${number(imported)} imported`)}, ` +
      `${number(merged)} merged with molecules already there, ` +
      (dropped > 0 ? paint("red", `${number(dropped)} dropped`) : "0 dropped"),
    `dataset ${paint("bold", plain(dataset.name))}: ${amount(dataset.size, "molecule")}`,
  ];
  const texts = ordered(Object.entries(missing ?? {}));
  if (texts.length > 0) lines.push(`labels read as not known: ${missingList(texts)}`);
  const conflicts = ordered(Object.entries(report.conflicts ?? {}));
  if (conflicts.length > 0) lines.push(`${conflictList(conflicts)}: ${OUTCOMES[report.onConflict ?? "FIRST"]}`);
  if (problemCount === 0 || shown === 0) return lines;
  lines.push("", ...renderTable(COLUMNS, problems.slice(0, shown)));
  const hidden = problemCount - Math.min(shown, problems.length);
  if (hidden > 0) lines.push(`… and ${number(hidden)} more: --problems ${problemCount} shows them, --json lists them.`);
  return lines;
}

const OUTCOMES: Readonly<Record<ConflictRule, string>> = {
  FIRST: "the first was kept (--on-conflict majority or drop decides otherwise)",
  MAJORITY: "what most rows say was kept, of numbers the median",
  DROP: "none was kept",
};

/** labels that contradict an earlier row: logP 8, class 2 */
function conflictList(sets: readonly TextCount[]): string {
  const counted = sets.map(({ text, count }) => `${plain(text)} ${number(count)}`);
  return `labels that contradict an earlier row: ${counted.join(", ")}`;
}

/** "nan" 8, "-" 2 */
const missingList = (texts: readonly TextCount[]): string =>
  texts.map(({ text, count }) => `${JSON.stringify(plain(text))} ${number(count)}`).join(", ");
