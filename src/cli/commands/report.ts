/** `maillard report`: the evaluation of a run in full; with --out its figures and a Markdown page. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { EVALUATION_FIGURES, EVALUATION_REPORT } from "../documents/report.js";
import { CommandFailure } from "../failure.js";
import { findRun } from "../find-run.js";
import { splitOption } from "../flags/split-option.js";
import type { Split } from "../generated/graphql.js";
import { checkPng, PNG_FLAG, writeFigureInto } from "../output/figure-file.js";
import { type ReportedEvaluation, type ReportedRun, reportLines, reportPage } from "../reports/evaluation-report.js";
import type { Session } from "../session.js";

interface Options {
  split: Split;
  out?: string;
  png?: boolean;
  json?: boolean;
}

export function register(program: Command, session: Session): void {
  program
    .command("report")
    .description("scores with intervals, mistakes and leakage of a finished run; with --out figures and a page")
    .argument("<run>", "id or name of the run")
    .addOption(splitOption())
    .option("-o, --out <folder>", "receives report.md and its figures")
    .option(...PNG_FLAG)
    .option("--json", "answer as JSON")
    .action(async (idOrName: string, { split, out, png, json }: Options) => {
      checkPng(png, out);
      const { id } = await findRun(session.client, idOrName);
      const { run } = await session.client.execute(EVALUATION_REPORT, { id, split });
      if (!run?.evaluation)
        throw new CommandFailure(
          "NOT_EVALUATED",
          `The run ${idOrName} has no scores on the ${split} split${run ? ` (it is ${run.status})` : ""}.`,
        );
      if (json) session.json(run);
      else session.lines(reportLines(run, run.evaluation));
      if (out === undefined) return;
      const page = await writeReport(session, { folder: out, png }, run, run.evaluation);
      session.terminal.err(`wrote ${page}`);
    });
}

/** Returns the path of the page. */
async function writeReport(
  session: Session,
  { folder, png }: { folder: string; png?: boolean },
  run: ReportedRun,
  evaluation: ReportedEvaluation,
): Promise<string> {
  const answer = await session.client.execute(EVALUATION_FIGURES, { id: run.id, split: evaluation.split });
  const drawn = answer.run?.evaluation;
  await mkdir(folder, { recursive: true });
  const figures: string[] = [];
  for (const [file, svg] of [
    ["confusion-matrix.svg", drawn?.confusion],
    ["calibration.svg", drawn?.calibration],
    ["roc.svg", drawn?.roc],
    ["precision-recall.svg", drawn?.precisionRecall],
    ["predicted-true.svg", drawn?.predictedTrue],
  ] as const) {
    if (!svg) continue;
    await writeFigureInto(folder, file, svg, png);
    figures.push(file);
  }
  const drawings: string[] = [];
  for (const [index, { compound }] of (drawn?.mistakes ?? []).entries()) {
    const file = `mistake-${index + 1}.svg`;
    await writeFigureInto(folder, file, compound.svg, png);
    drawings.push(`![](${file})`);
  }
  const page = join(folder, "report.md");
  await writeFile(page, reportPage(run, evaluation, { figures, drawings }));
  return page;
}
