/** `maillard compare`: two runs on the molecules that both have; with --out their curves in one figure. */

import { join } from "node:path";
import type { Command } from "commander";
import { amount } from "../../words.js";
import { COMPARE_RUNS, RUNS_FIGURE } from "../documents/report.js";
import { findRun } from "../find-run.js";
import { splitOption } from "../flags/split-option.js";
import type { CompareRunsQuery, Split } from "../generated/graphql.js";
import { checkPng, PNG_FLAG, writeFigureInto } from "../output/figure-file.js";
import { type Column, renderTable, right } from "../output/table.js";
import { number } from "../reports/evaluation-tables.js";
import type { Session } from "../session.js";

type Comparison = CompareRunsQuery["compareRuns"];
type Score = Comparison["scores"][number];

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

export function comparisonLines(comparison: Comparison, a: string, b: string): string[] {
  const { split, leaky, count, onlyA, onlyB, scores, mcnemar } = comparison;
  const columns: Column<Score>[] = [
    {
      title:
        `${split.toLowerCase()}, ${amount(count, leaky ? "row" : "molecule")} of both` +
        `${leaky ? ", LEAKY SPLIT" : ""}`,
      value: ({ name }) => name,
    },
    right(a, (row) => number(row.a)),
    right(b, (row) => number(row.b)),
    right("difference", ({ difference }) => signed(difference)),
    right("95 % interval", ({ low, high }) =>
      low === null || high === null ? "–" : `${signed(low)} to ${signed(high)}`,
    ),
  ];
  return [
    ...renderTable(columns, scores),
    "",
    ...(mcnemar
      ? [
          `McNemar's exact test: only ${a} right ${mcnemar.onlyA}, only ${b} right ${mcnemar.onlyB}, ` +
            `p = ${number(mcnemar.pValue)}`,
        ]
      : []),
    ...(onlyA + onlyB > 0
      ? [`Left out: ${amount(onlyA, "molecule")} that only ${a} has, ${onlyB} that only ${b} has.`]
      : []),
    "Intervals: paired percentile bootstrap over molecules, 1,000 resamples, seed 42.",
  ];
}

const signed = (value: number | null): string =>
  typeof value === "number" && value > 0 ? `+${number(value)}` : number(value);
