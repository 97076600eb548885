/**
 * Predictions of the rows of a file: every row in its order with its columns, then the answer's (columns.ts). In
 * constant memory: rows are read, answered in batches and passed on; no prediction is stored.
 */

import type { TableOptions } from "../../datasets/files/choose-columns.js";
import { checkColumns } from "../../datasets/files/csv.js";
import { AS_CSV } from "../../datasets/files/describe-csv.js";
import type { MoleculePlaces } from "../../datasets/files/molecule-formats.js";
import {
  type MoleculeTable,
  moleculeTable,
  noRows,
  type TableRow,
  tableRows,
} from "../../datasets/files/table-rows.js";
import { examineText, readHead } from "../../datasets/files/text-file.js";
import { blocksOf, described, withoutPath } from "../../datasets/import-csv.js";
import { DEFAULT_IMPORT_LIMITS, type ImportLimits } from "../../datasets/limits.js";
import { columnNames, type Layout, recordsOfText } from "../../datasets/records.js";
import { checkForms } from "../../runs/orders/prediction-order.js";
import { answerTable } from "../../runs/predictions/columns.js";
import { headOf } from "../../runs/predictions/head.js";
import type { ScoringParts } from "../../runs/predictions/scores-of-molecules.js";
import { type AnsweredRow, answerRows } from "../../runs/predictions/stream.js";
import { findModel } from "../../store/find.js";
import type { Cell, Column } from "../../tables/types.js";

export interface FileParts extends ScoringParts {
  importLimits?: ImportLimits;
}

export interface FileQuestion {
  model: string;
  averageOver: number;
  /** The probability of every class. */
  probabilities: boolean;
  table: TableOptions;
  /** Whether the columns of the file come before those of the answer. */
  inputColumns: boolean;
  /** Whether a column of mol blocks comes first, for SDF. */
  blocks: boolean;
}

export interface FileAnswer {
  /** sha256 of what it computes: the same for the same model. */
  checksum: string;
  columns: Column[];
  places: MoleculePlaces;
  /** Lines of the file, about as many as rows. */
  lines: number;
  /** Rows in their order, some at a time. */
  rows: AsyncGenerator<Cell[][]>;
  /** So far. */
  counts: { rows: number; errors: number };
}

/** What is wrong with the model or the table is thrown here: NOT_FOUND, MODEL_HAS_NO_HEAD, COLUMN_NOT_FOUND, …. */
export async function predictFile(
  parts: FileParts,
  path: string,
  question: FileQuestion,
  signal: AbortSignal,
): Promise<FileAnswer> {
  checkForms(question.averageOver);
  const model = await findModel(parts.store, question.model);
  const head = headOf(model);
  const table = await withoutPath(path, () => openTable(parts, path, question.table, signal));
  const { inputColumns, blocks } = question;
  const before: Column[] = [
    ...(blocks ? [{ name: "mol_block", kind: "TEXT" as const }] : []),
    ...(inputColumns ? table.names.map((name): Column => ({ name, kind: "TEXT" })) : []),
  ];
  const answers = answerTable(
    head,
    question,
    before.map(({ name }) => name),
  );
  const shift = blocks ? 1 : 0;
  const counts = { rows: 0, errors: 0 };
  const cellsOf = ({ row, answer }: AnsweredRow<TableRow>, block: string | null): Cell[] => {
    counts.rows += 1;
    if ("code" in answer) counts.errors += 1;
    return [...(blocks ? [block] : []), ...(inputColumns ? row.cells : []), ...answers.cells(answer)];
  };
  async function* rows(): AsyncGenerator<Cell[][]> {
    const read = tableRows(table, { limits: parts.importLimits });
    const options = { model, averageOver: question.averageOver, priority: "BULK", signal } as const;
    for await (const answered of answerRows(parts, read, options)) {
      const texts = answered.map(({ row, named }) => named ?? row.smiles);
      const made = blocks ? await parts.chemistry.molBlocks(texts, signal) : null;
      yield answered.map((one, index) => cellsOf(one, made?.[index] ?? null));
    }
    if (counts.rows === 0) throw noRows();
  }
  return {
    checksum: model.checksum,
    columns: [...before, ...answers.columns],
    places: {
      smiles: table.smiles + shift,
      name: table.name === null ? null : table.name + shift,
      block: blocks ? 0 : null,
    },
    lines: table.file.lines,
    rows: withPathHidden(path, rows()),
    counts,
  };
}

/** A file whose layout and column of SMILES are named is not examined: nothing has to be found in it. */
async function openTable(
  parts: FileParts,
  path: string,
  options: TableOptions,
  signal: AbortSignal,
): Promise<MoleculeTable> {
  const { smiles, name, delimiter, header } = options;
  const isNamed = smiles !== undefined && delimiter !== undefined && header !== undefined;
  if (!isNamed || options.format === "SMILES") {
    const { file, description } = await described(parts, path, options, { isPart: false, signal });
    return moleculeTable(file, description);
  }
  const { importLimits: limits = DEFAULT_IMPORT_LIMITS } = parts;
  const blocks = blocksOf(parts.chemistry, signal);
  const file = await examineText(path, options.encoding, { limits, signal, sheet: options.sheet, blocks });
  const layout: Layout = file.table ? AS_CSV : { format: "CSV", delimiter, header, skippedLines: 0 };
  const { text } = file.table ? { text: "" } : await readHead(file, HEAD_CHARACTERS);
  const [first = file.table?.names ?? []] = recordsOfText(text, layout, 1);
  const names = columnNames(layout, first);
  checkColumns(names, [smiles, ...(name === undefined ? [] : [name])], path);
  return { file, layout, names, smiles: names.indexOf(smiles), name: name === undefined ? null : names.indexOf(name) };
}

/** Enough for a header of the most columns. */
const HEAD_CHARACTERS = 1_048_576;

async function* withPathHidden<T>(path: string, items: AsyncGenerator<T>): AsyncGenerator<T> {
  try {
    for (;;) {
      const { done, value } = await withoutPath(path, () => items.next());
      if (done) return;
      yield value;
    }
  } finally {
    await items.return(undefined);
  }
}
