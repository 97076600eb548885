/** Rows of any number answered as a stream: order, different molecules, bounded work, errors of single molecules. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Chemistry } from "../../../src/chem/types.js";
import type { ComputePool, InferenceRequest } from "../../../src/compute/types.js";
import { MaillardError } from "../../../src/errors.js";
import { answerTable } from "../../../src/runs/predictions/columns.js";
import { readParts, writePart } from "../../../src/runs/predictions/dataset-parts.js";
import type { ScoringParts } from "../../../src/runs/predictions/scores-of-molecules.js";
import { type AnsweredRow, type AskedRow, answerRows } from "../../../src/runs/predictions/stream.js";
import { ArtifactStore } from "../../../src/store/artifacts.js";
import type { Model } from "../../../src/store/generated/client.js";

const MODEL = {
  name: "m",
  task: "REGRESSION",
  labels: ["length"],
  composition: null,
  maxLength: 64,
} as unknown as Model;

/** The answer to a SMILES is its length; "x" is none, "named" the name of CCCCC, and a dot drops what follows. */
function parts(infer: (texts: string[]) => Promise<number[]>): { parts: ScoringParts; asked: string[][] } {
  const asked: string[][] = [];
  const textOf = (ids: Int32Array) => String.fromCharCode(...ids);
  const chemistry = {
    canonical: async (texts: readonly string[]) =>
      texts.map((input) => {
        if (input === "x" || input === "named")
          return { ok: false, error: { input, code: "INVALID_SMILES", message: "no" } };
        const [smiles, ...droppedFragments] = input.split(".");
        return { ok: true, form: { input, smiles, droppedFragments } };
      }),
  } as unknown as Chemistry;
  const compute = {
    infer: async ({ tokenIds }: InferenceRequest) => {
      const texts = tokenIds.map(textOf);
      asked.push(texts);
      return (await infer(texts)).map((value) => Float32Array.of(value));
    },
  } as unknown as ComputePool;
  const tokenizer = { encode: (text: string) => Int32Array.from(text, (letter) => letter.charCodeAt(0)) };
  const rest = { modelReference: () => ({ checksum: "", folder: "" }), tokenizer: async () => tokenizer };
  // The library.
  const query = async (_sql: string, [texts]: [string[]]) => ({
    rows: texts.flatMap((text, index) => (text === "named" ? [{ place: index + 1, smiles: "CCCCC" }] : [])),
  });
  const store = { pool: { query }, principal: { project: "mine", role: "READER" } };
  return { parts: { chemistry, compute, store, ...rest } as unknown as ScoringParts, asked };
}

async function* given(rows: readonly (string | AskedRow)[]): AsyncGenerator<AskedRow> {
  for (const row of rows) yield typeof row === "string" ? { smiles: row } : row;
}

const lengths = async (texts: string[]) => texts.map((text) => text.length);
const said = ({ row, answer }: AnsweredRow<AskedRow>) => [
  row.smiles,
  "code" in answer ? answer.code : answer.scores[0],
];

async function answered(of: ScoringParts, rows: readonly (string | AskedRow)[], batch = 4, atOnce = 2) {
  const options = {
    model: MODEL,
    averageOver: 1,
    priority: "BULK" as const,
    signal: new AbortController().signal,
    batch,
    atOnce,
  };
  const all: AnsweredRow<AskedRow>[] = [];
  for await (const some of answerRows(of, given(rows), options)) all.push(...some);
  return all;
}

describe("a stream of rows", () => {
  it("is answered in its order, whichever batch is ready first, and each molecule of a batch once", async () => {
    let calls = 0;
    const { parts: of, asked } = parts(async (texts) => {
      const wait = calls++ % 2 === 0 ? 20 : 0;
      await new Promise((resolve) => setTimeout(resolve, wait));
      return lengths(texts);
    });
    const rows = ["CC", "CC.O", "x", "CCC", "C", "C", "C", "C", "CCCC"];
    const problem = { code: "BAD_ROW", message: "cells" };
    const all = await answered(of, [...rows, { smiles: "CC", problem }]);
    expect(all.map(said)).toEqual([
      ...[
        ["CC", 2],
        ["CC.O", 2],
        ["x", "INVALID_SMILES"],
        ["CCC", 3],
      ],
      ...[
        ["C", 1],
        ["C", 1],
        ["C", 1],
        ["C", 1],
        ["CCCC", 4],
        ["CC", "BAD_ROW"],
      ],
    ]);
    expect(all[1].answer).toMatchObject({ note: expect.stringContaining("O") });
    expect(asked).toEqual([["CC", "CCC"], ["C"], ["CCCC"]]);
  });

  it("has molecules of the library by their names, and says which they are", async () => {
    const { parts: of } = parts(lengths);
    const all = await answered(of, ["named", "CC", "x"]);
    expect(all.map(said)).toEqual([
      ["named", 5],
      ["CC", 2],
      ["x", "INVALID_SMILES"],
    ]);
    expect(all.map(({ named }) => named)).toEqual(["CCCCC", null, null]);
  });

  it("has a bounded number of batches under way, and reads no further", async () => {
    let read = 0;
    let under = 0;
    let most = 0;
    const { parts: of } = parts(async (texts) => {
      most = Math.max(most, ++under);
      await new Promise((resolve) => setTimeout(resolve, 1));
      under -= 1;
      return lengths(texts);
    });
    async function* rows(): AsyncGenerator<AskedRow> {
      for (; read < 1_000; read++) yield { smiles: "C".repeat(1 + (read % 9)) };
    }
    const options = {
      model: MODEL,
      averageOver: 1,
      priority: "BULK" as const,
      signal: new AbortController().signal,
      batch: 10,
      atOnce: 3,
    };
    let taken = 0;
    for await (const some of answerRows(of, rows(), options)) {
      taken += some.length;
      expect(read - taken).toBeLessThanOrEqual(3 * 10);
      if (taken >= 200) break;
    }
    expect(most).toBe(3);
    expect(read).toBeLessThan(240);
  });

  it("waits while the pool is full, and asks the others again without a molecule that fails", async () => {
    let full = 3;
    const { parts: of } = parts(async (texts) => {
      if (full-- > 0) throw new MaillardError("OVERLOADED", "full", { details: { retryAfterMs: 1 }, retryable: true });
      if (texts.includes("CCC")) throw new MaillardError("COMPUTE_CRASHED", "ended");
      return texts.map((text) => (text === "CC" ? Number.NaN : text.length));
    });
    expect((await answered(of, ["C", "CC", "CCC", "CCCC", "CCCCC"], 5)).map(said)).toEqual([
      ["C", 1],
      ["CC", "NON_FINITE_OUTPUT"],
      ["CCC", "COMPUTE_CRASHED"],
      ["CCCC", 4],
      ["CCCCC", 5],
    ]);
  });

  it.each(["COMPUTE_CRASHED", "DEVICE_UNAVAILABLE"] as const)(
    "ends by %s when that is of no molecule",
    async (code) => {
      const { parts: of, asked } = parts(() => Promise.reject(new MaillardError(code, "gone")));
      const rows = Array.from({ length: 200 }, (_, row) => "C".repeat(row + 1));
      await expect(answered(of, rows, 64)).rejects.toMatchObject({ code });
      expect(asked.length).toBeLessThan(200);
    },
  );
});

describe("the columns of an answer", () => {
  const scores = Float32Array.of(0.25, 0.75);
  const names = (task: "SINGLE_LABEL" | "MULTI_LABEL" | "REGRESSION", probabilities: boolean, taken: string[] = []) => {
    const { columns, cells } = answerTable({ task, labels: ["a", "b"] }, { probabilities }, taken);
    const row = cells({ scores, note: null });
    const bad = cells({ code: "TIMEOUT", message: "slow" });
    expect([row.length, bad.length]).toEqual([columns.length, columns.length]);
    expect(bad.slice(-2)).toEqual(["TIMEOUT", "slow"]);
    return columns.slice(0, -3).map(({ name }, at) => [name, row[at]]);
  };
  it("depend on the task, and give way to names that are taken", () => {
    const best = [
      ["label", "b"],
      ["score", 0.75],
    ];
    const every = [
      ["probability_a", 0.25],
      ["probability_b", 0.75],
    ];
    expect(names("SINGLE_LABEL", false)).toEqual(best);
    expect(names("SINGLE_LABEL", true)).toEqual([...best, ...every]);
    expect(names("MULTI_LABEL", false)).toEqual([...best, ...every]);
    expect(names("REGRESSION", false, ["predicted_a"])).toEqual([
      ["predicted_a (2)", 0.25],
      ["predicted_b", 0.75],
    ]);
  });
});

describe("a part of a prediction run", () => {
  it("has the numbers that were answered: those of float64 are not rounded to float32", async () => {
    const folder = await mkdtemp(join(tmpdir(), "maillard-part-"));
    const artifacts = new ArtifactStore(folder);
    const row = { position: 0, name: null, smiles: "CCO", inchiKey: "K" };
    const answers = [Float64Array.of(12.3, 1e-300), Float32Array.of(0.1)];
    const made = answers.map((scores) => ({ row, answer: { scores, note: null } }));
    await writePart({ artifacts }, "run", 0, made);
    const read: number[][] = [];
    for await (const part of readParts({ artifacts }, "run"))
      for (const { answer } of part) read.push("code" in answer ? [] : [...answer.scores]);
    expect(read).toEqual([[12.3, 1e-300], [Math.fround(0.1)]]);
    await rm(folder, { recursive: true });
  });
});
