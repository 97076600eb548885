/** A comparison of two runs as a table of scores, with McNemar's test. */
import { amount } from "../../words.js";
import type { CompareRunsQuery } from "../generated/graphql.js";
import { type Column, renderTable, right } from "../output/table.js";
import { number } from "./evaluation-tables.js";

type Comparison = CompareRunsQuery["compareRuns"];
type Score = Comparison["scores"][number];

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
