/** Runs beside each other: scores on the same molecules, and curves in one figure. */
import { Arg, Ctx, ID, Int, Query, Resolver } from "type-graphql";
import { MaillardError } from "../../errors.js";
import { type ComparedRuns, compareRuns } from "../../service/evaluation/compare.js";
import { runCurvesFigure } from "../../service/evaluation/evaluation-figures.js";
import { noRun } from "../../store/find.js";
import type { Run as RunRow } from "../../store/generated/client.js";
import { isStorable } from "../../text.js";
import type { Context } from "../context.js";
import { idOf } from "../ids.js";
import { RunComparison } from "../types/comparison.js";
import { Split } from "../types/enums.js";
import { checkSize } from "./compound.js";

/** Curves in one panel, each with a colour of its own. */
const MOST_RUNS = 8;
const MOST_PANELS = 4;

@Resolver(() => RunComparison)
export class ComparisonResolver {
  @Query(() => RunComparison, {
    description:
      "Two runs, finetunes or probes, on the molecules that both have in a split: the difference of each " +
      "score with its paired interval, and McNemar's test. " +
      "BAD_INPUT, NOT_FOUND, NOT_EVALUATED, TASK_MISMATCH, LABEL_MISMATCH, NO_COMMON_MOLECULES, OVERLOADED.",
  })
  async compareRuns(
    @Arg("a", () => ID, { description: "Global id of a run: the one that is compared with." }) a: string,
    @Arg("b", () => ID, { description: "Global id of another run: differences are b - a." }) b: string,
    @Arg("split", () => Split, { defaultValue: Split.TEST, description: "The split." }) split: Split,
    @Ctx() context: Context,
  ): Promise<ComparedRuns> {
    const [first, second] = [await existing(a, "a", context), await existing(b, "b", context)];
    return compareRuns(context.application, first, second, split, context.signal);
  }

  @Query(() => String, {
    description:
      "Metrics of several runs over epochs in one figure, as SVG text: a panel for each name, a curve for " +
      "each run. BAD_INPUT, NOT_FOUND, EMPTY_INPUT.",
  })
  async runCurves(
    @Arg("runs", () => [ID], { description: `Global ids of 1 to ${MOST_RUNS} runs.` }) runs: string[],
    @Arg("names", () => [String], {
      defaultValue: ["loss", "accuracy"],
      description: `1 to ${MOST_PANELS} names of metrics; one that no run has is left out.`,
    })
    names: string[],
    @Arg("split", () => Split, { defaultValue: Split.VALIDATION, description: "Metrics of this split." }) split: Split,
    @Arg("width", () => Int, { defaultValue: 960, description: "Pixels, 240 to 2,000." }) width: number,
    @Arg("height", () => Int, { defaultValue: 360, description: "Pixels, 160 to 2,000." }) height: number,
    @Ctx() context: Context,
  ): Promise<string> {
    checkSize(width, height);
    if (runs.length < 1 || runs.length > MOST_RUNS || new Set(runs).size < runs.length)
      throw new MaillardError("BAD_INPUT", `\`runs\` holds ${runs.length}: give 1 to ${MOST_RUNS}, each once.`, {
        param: "runs",
      });
    if (names.length < 1 || names.length > MOST_PANELS || !names.every(isStorable))
      throw new MaillardError("BAD_INPUT", `\`names\` holds ${names.length}: give 1 to ${MOST_PANELS} metrics.`, {
        param: "names",
      });
    const rows = await Promise.all(runs.map((id) => existing(id, "runs", context)));
    const metrics = await Promise.all(
      rows.flatMap((run) =>
        names.map((name) => context.loaders.metrics.load({ runId: run.id, split, name, after: 0, first: 10_000 })),
      ),
    );
    const metricsOf = new Map(
      rows.map((run, i) => [run.id, metrics.slice(i * names.length, (i + 1) * names.length).flat()]),
    );
    return runCurvesFigure(rows, metricsOf, names, split, { width, height });
  }
}

async function existing(id: string, param: string, { loaders }: Context): Promise<RunRow> {
  const run = await loaders.run.load(idOf("Run", id, param));
  if (run) return run;
  throw noRun(param);
}
