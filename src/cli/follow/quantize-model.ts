/**
 * `maillard model quantize`: a model in int8 under a name of its own; with --dataset both are scored on the same
 * molecules, as two evaluations of the server, and compared.
 */
import { QUANTIZE_MODEL } from "../documents/model.js";
import { COMPARE_RUNS } from "../documents/report.js";
import { START_EVALUATION } from "../documents/run.js";
import { CommandFailure } from "../failure.js";
import type { Split } from "../generated/graphql.js";
import { comparisonLines } from "../reports/comparison-lines.js";
import type { Session } from "../session.js";
import { followRun } from "./watch-run.js";

export interface QuantizeOptions {
  name?: string;
  dataset?: string;
  column?: string;
  split: Split;
  json?: boolean;
}

export async function quantizeModel(session: Session, name: string, options: QuantizeOptions): Promise<void> {
  const input = { model: name, name: options.name };
  const made = (await session.client.execute(QUANTIZE_MODEL, { input })).quantizeModel.model;
  if (!options.json) session.terminal.out(`${made.name}  ${made.precision} of ${name}`);
  const comparison = options.dataset === undefined ? null : await compared(session, name, made.name, options);
  if (options.json) return session.json({ model: made, comparison });
  if (comparison) session.lines(comparisonLines(comparison, name, made.name));
  const verb = made.labels ? "predict" : "embed";
  session.terminal.err(`Try: npx maillard ${verb} "CCO" --model ${made.name}`);
}

async function compared(session: Session, model: string, quantized: string, options: QuantizeOptions) {
  const [a, b] = [await scored(session, model, options), await scored(session, quantized, options)];
  return (await session.client.execute(COMPARE_RUNS, { a, b, split: "TEST" })).compareRuns;
}

/** Id of the evaluation of a model, once it has ended. */
async function scored(
  session: Session,
  model: string,
  { dataset = "", column, split }: QuantizeOptions,
): Promise<string> {
  const part = column === undefined ? {} : { part: { column, split } };
  const { run } = (await session.client.execute(START_EVALUATION, { input: { model, dataset, ...part } }))
    .startEvaluation;
  const finished = await followRun(session, run);
  if (finished?.status === "SUCCEEDED") return run.id;
  const reason = finished?.error?.message ?? "it goes on without this terminal";
  throw new CommandFailure(finished?.error?.code ?? "CANCELLED", `The evaluation ${run.name} of ${model}: ${reason}`);
}
