/**
 * Entry of the forked process that reads one Parquet file: it is opened once, then each question is answered with the
 * next batch of its rows.
 */
import { followParent, tell } from "../../../process/child-life.js";
import { errorJson } from "../../../process/error-json.js";
import type { FromParquet, ToParquet } from "./parquet-messages.js";
import { openParquet } from "./parquet-rows.js";

followParent();

let batches: AsyncGenerator<string[][]> | undefined;

async function answer(question: ToParquet): Promise<FromParquet> {
  if (question.kind === "open") {
    const { names, rows, ...table } = await openParquet(question.path, question.limits);
    batches = table.batches();
    return { kind: "opened", names, rows };
  }
  const next = await batches?.next();
  return next === undefined || next.done ? { kind: "end" } : { kind: "rows", cells: JSON.stringify(next.value) };
}

process.on("message", async (question: ToParquet) => {
  await tell(await answer(question).catch((error): FromParquet => ({ kind: "failed", error: errorJson(error) })));
});
