/**
 * A pretraining as a job: its events in order, and that a stop at any step, with a state or without, changes no bit of
 * what comes after it. Of a run with its worker see test/runs/pretraining.test.ts.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { TaskReport } from "../../../src/scores/types.js";
import { PRETRAIN_DEFAULTS } from "../../../src/train/pretrain/pretrain.js";
import { runPretrainingJob } from "../../../src/train/pretrain/pretrain-job.js";
import type { PretrainingJob, TrainingEvent } from "../../../src/train/types.js";

type Event = TrainingEvent<TaskReport>;
let folder: string;
let whole: Event[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maillard-pretrain-job-"));
  const chains = Array.from({ length: 20 }, (_, index) => "C".repeat(1 + index));
  await writeFile(join(folder, "corpus.smi"), chains.map((chain) => `${chain}O\n${chain}N\n${chain}Cl\n`).join(""));
  whole = await run("whole");
});
afterAll(() => rm(folder, { recursive: true }));

const jobOf = (name: string, resumeFrom: string | null): PretrainingJob => ({
  kind: "PRETRAIN",
  options: {
    ...PRETRAIN_DEFAULTS,
    corpus: join(folder, "corpus.smi"),
    output: join(folder, name, "model"),
    shape: { width: 16, layers: 1, heads: 2, maxLength: 32 },
    ...{ tokens: 2_000, batchSize: 8, threads: 1, dropout: 0.1, checkpointEvery: 8, logEvery: 3 },
  },
  checkpointFolder: join(folder, name, "checkpoints"),
  resumeFrom,
  cache: join(folder, name, "properties.bin"),
  evalSteps: 6,
  device: "cpu",
});

/** Its events; stopped before the step after `stopAfter`, CANCELLED. */
async function run(
  name: string,
  { from = null, stopAfter = 0, save = false }: { from?: string | null; stopAfter?: number; save?: boolean } = {},
): Promise<Event[]> {
  const events: Event[] = [];
  let steps = 0;
  await mkdir(join(folder, name), { recursive: true });
  const ended = runPretrainingJob(jobOf(name, from), {
    onEvent: async (event) => void events.push(event),
    shouldStop: () => stopAfter > 0 && steps++ >= stopAfter,
    shouldSave: () => save,
  });
  if (stopAfter > 0) await expect(ended).rejects.toMatchObject({ code: "CANCELLED" });
  else await ended;
  return events;
}

const metricsOf = (events: readonly Event[]) => events.filter(({ kind }) => kind === "metric");
const checkpointsOf = (events: readonly Event[]) =>
  events.flatMap((event) => (event.kind === "checkpoint" ? [event] : []));
const weightsOf = (name: string) => readFile(join(folder, name, "model", "model.safetensors"));

it("reports metrics at the steps that were asked for, states, one evaluation and the end", () => {
  const [first, last] = [whole[0], whole.at(-1)];
  expect([first.kind, last?.kind, whole.at(-2)?.kind]).toEqual(["started", "finished", "evaluation"]);
  const steps = checkpointsOf(whole).map(({ step }) => step);
  const end = Math.max(...steps);
  expect(steps).toEqual([8, 16, end]);
  const of = (split: string, name: string) =>
    whole.flatMap((event) =>
      event.kind === "metric" && event.split === split && event.name === name ? [event.step] : [],
    );
  const every = (n: number) => Array.from({ length: end }, (_, i) => i + 1).filter((i) => i % n === 0 || i === end);
  for (const name of ["loss", "accuracy", "learningRate"]) expect(of("TRAIN", name)).toEqual(every(3));
  for (const name of ["loss", "accuracy"]) expect(of("VALIDATION", name)).toEqual(every(6));
  const epochs = whole.flatMap((event) => (event.kind === "metric" ? [event.epoch] : []));
  // 54 molecules to learn from, in batches of 8, of which the last of a pass has 6.
  expect(epochs[0]).toBeCloseTo(24 / 54, 12);
  expect(epochs).toEqual([...epochs].sort((a, b) => a - b));
});

it.each([
  ["a pause writes the state of the step", 11, true, 11],
  ["a cancel writes none: the last state is that of step 8", 11, false, 8],
])("%s, and what comes after has the same bits", async (name, stopAfter, save, last) => {
  const before = await run(name, { stopAfter, save });
  const states = checkpointsOf(before);
  expect(states.at(-1)?.step).toBe(last);
  expect(before.some(({ kind }) => kind === "evaluation" || kind === "finished")).toBe(false);
  const after = await run(name, { from: states.at(-1)?.folder });
  expect(after[0]).toMatchObject({ kind: "started", step: last });
  const isBefore = (event: Event) => "step" in event && event.step <= last;
  expect([...metricsOf(before).filter(isBefore), ...metricsOf(after)]).toEqual(metricsOf(whole));
  expect(await weightsOf(name)).toEqual(await weightsOf("whole"));
});

it("refuses a state of other options: CHECKPOINT_INVALID", async () => {
  const [state] = checkpointsOf(whole);
  const job = jobOf("other", state.folder);
  await mkdir(join(folder, "other"));
  const other = { ...job, options: { ...job.options, seed: 1 } };
  const ended = runPretrainingJob(other, { onEvent: async () => undefined, shouldStop: () => false });
  await expect(ended).rejects.toMatchObject({ code: "CHECKPOINT_INVALID" });
});
