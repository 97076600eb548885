/** `maillard compare`: two runs on the molecules that both have; with --out their curves in one figure. */

import { join } from "node:path";
import type { Command } from "commander";
import { COMPARE_RUNS, RUNS_FIGURE } from "../documents/report.js";
import { findRun } from "../find-run.js";
import { splitOption } from "../flags/split-option.js";
import type { Split } from "../generated/graphql.js";
import { checkPng, PNG_FLAG, writeFigureInto } from "../output/figure-file.js";
import { comparisonLines } from "../reports/comparison-lines.js";
import type { Session } from "../session.js";

/** Panels of the figure; what neither run has is left out. */
const CURVES = ["loss", "accuracy", "macroF1", "rocAuc"];

export function register(program: Command, session: Session): void {
  program
    .command("compare")
    .description("two runs on the same molecules: differences with intervals, and McNemar's test")
    .argument("<a>", "id or name of the run that is compared with")
    .argument("<b>", "id or name of the other; differences are b - a")
    .addOption(splitOption())
    .option("-o, --out <folder>", "receives curves.svg, the training of both")
    .option(...PNG_FLAG)
    .option("--json", "answer as JSON")
    .action(async (a: string, b: string, options: { split: Split; out?: string; png?: boolean; json?: boolean }) => {
      checkPng(options.png, options.out);
      const [first, second] = [await findRun(session.client, a), await findRun(session.client, b)];
      const { compareRuns } = await session.client.execute(COMPARE_RUNS, {
        a: first.id,
        b: second.id,
        split: options.split,
      });
      if (options.json) session.json(compareRuns);
      else session.lines(comparisonLines(compareRuns, first.name, second.name));
      if (options.out === undefined) return;
      const { runCurves } = await session.client.execute(RUNS_FIGURE, {
        runs: [first.id, second.id],
        names: CURVES,
      });
      await writeFigureInto(options.out, "curves.svg", runCurves, options.png);
      session.terminal.err(`wrote ${join(options.out, "curves.svg")}`);
    });
}
