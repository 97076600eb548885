/**
 * What splits share with training: counted, reported where a strategy promises otherwise, computed once and stored;
 * rows as split; and the answers of single molecules as the recorder writes them.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Chemistry } from "../../../src/chem/types.js";
import { MaillardError } from "../../../src/errors.js";
import { Philox } from "../../../src/model/philox-stream.js";
import { type Runs, startRuns } from "../../../src/runs/index.js";
import { orderFinetune } from "../../../src/runs/orders/input.js";
import { planClasses } from "../../../src/runs/plan/plan-classes.js";
import { planOfRows } from "../../../src/runs/plan/plan-rows.js";
import type { Labelled, SplitLeakage } from "../../../src/runs/plan/types.js";
import { writeOutputs } from "../../../src/runs/record/outputs.js";
import { Recorder } from "../../../src/runs/record/recorder.js";
import { readAnswers } from "../../../src/runs/work/answers.js";
import { ensureFingerprints } from "../../../src/runs/work/fingerprints.js";
import { type LeakageSubject, leakageOf, leakageWarnings } from "../../../src/runs/work/leakage.js";
import type { EvaluationReport } from "../../../src/scores/types.js";
import { newId, type Store } from "../../../src/store/index.js";
import { createTestStore } from "../../support/database.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { ended, order, seedBase, seedDataset } from "../../support/run-fixtures.js";

const planned = (changes: Record<string, unknown>) =>
  orderFinetune({ name: "n", baseModel: "b", dataset: "d", target: "t", minClassSize: 1, ...changes });

/** 300 molecules of 120 skeletons (stereoisomers and salts of each other) and 40 scaffolds. */
function library(seed: number): Labelled[] {
  const random = new Philox(seed, 31);
  return Array.from({ length: 300 }, (_, position) => {
    const skeleton = random.below(120);
    return {
      memberId: `m${position}`,
      position,
      smiles: "C",
      key: `K${skeleton}`,
      column: null,
      scaffold: skeleton % 3 === 0 ? "" : `S${skeleton % 40}`,
      label: `class ${skeleton % 3}`,
    };
  });
}
const subjectsOf = (molecules: readonly Labelled[], assignments: ReturnType<typeof planClasses>["assignments"]) => {
  const byId = new Map(molecules.map((molecule) => [molecule.memberId, molecule]));
  return assignments.map(({ memberId, split }): LeakageSubject => {
    const { key, scaffold } = byId.get(memberId) as Labelled;
    return { smiles: memberId, split, key, scaffold };
  });
};

describe("splits by molecule", () => {
  it.each(["RANDOM", "STRATIFIED", "SCAFFOLD"])(
    "%s shares no molecule with training, over 20 seeds",
    async (strategy) => {
      let scaffolds = 0;
      for (let seed = 0; seed < 20; seed++) {
        const molecules = library(seed);
        const { assignments } = planClasses(molecules, planned({ split: { strategy }, seed }));
        const leakage = await leakageOf(subjectsOf(molecules, assignments), null);
        expect(leakage.map(({ split }) => split)).toEqual(["VALIDATION", "TEST"]);
        for (const split of leakage) {
          expect(split).toMatchObject({ molecules: { count: 0, share: 0 }, nearDuplicates: null });
          scaffolds += split.scaffolds.count;
        }
        expect(leakageWarnings(leakage, strategy as "RANDOM")).toEqual([]);
      }
      // By molecule alone, scaffolds are shared; by scaffold, none.
      if (strategy === "SCAFFOLD") expect(scaffolds).toBe(0);
      else expect(scaffolds).toBeGreaterThan(100);
    },
  );

  it("by rows shares most molecules, counts rows of a molecule from 0, and is LEAKY_SPLIT", async () => {
    const molecules = library(3).slice(0, 90);
    const rows = molecules.flatMap((molecule) =>
      [0, 1, 2].map((ordinal) => ({
        ...molecule,
        ordinal,
        molecule: molecule.key,
        label: `label ${ordinal}`,
        key: `${molecule.memberId} ${ordinal}`,
      })),
    );
    const { assignments, warnings } = planOfRows(rows, planned({ split: { strategy: "ROW" } }), "tastes");
    expect(assignments).toHaveLength(270);
    expect(new Set(assignments.map(({ memberId, ordinal }) => `${memberId} ${ordinal}`)).size).toBe(270);
    const [, test] = await leakageOf(subjectsOf(molecules, assignments), null);
    expect(test.molecules.share).toBeGreaterThan(0.9);
    expect(warnings[0]).toMatchObject({
      code: "LEAKY_SPLIT",
      details: { rows: 270, testRows: test.count, testRowsInTraining: test.molecules.count },
    });
  });
});

describe("leakage", () => {
  const bits = (...set: number[]): Uint8Array => {
    const bytes = new Uint8Array(256);
    for (const bit of set) bytes[bit >> 3] |= 1 << (bit & 7);
    return bytes;
  };
  const upTo = (count: number, ...more: number[]) => bits(...Array.from({ length: count }, (_, bit) => bit), ...more);

  it("counts near-duplicates at 0.9 and not below, without molecules that have no fingerprint", async () => {
    const subject = (smiles: string, split: "TRAIN" | "TEST"): LeakageSubject => ({
      smiles,
      split,
      key: smiles,
      scaffold: "",
    });
    const prints = new Map([
      ["train", upTo(18)],
      ["19 of 20 bits", upTo(18, 100, 101)], // 18 / 20
      ["18 of 21 bits", upTo(18, 100, 101, 102)], // 18 / 21 = 0.857
      ["other", bits(500, 501)],
    ]);
    const asked = ["19 of 20 bits", "18 of 21 bits", "other", "unreadable"].map((id) => subject(id, "TEST"));
    const [test] = await leakageOf([subject("train", "TRAIN"), ...asked], prints);
    expect(test).toEqual({
      split: "TEST",
      count: 4,
      molecules: { count: 0, share: 0 },
      scaffolds: { count: 0, share: 0 },
      nearDuplicates: { count: 1, share: 0.25 },
    });
  });

  it("is warned of where the strategy promises otherwise, above the share and not at it", () => {
    const leakage = (count: number, near: number): SplitLeakage => ({
      split: "TEST",
      count: 100,
      molecules: { count, share: count / 100 },
      scaffolds: { count: 0, share: 0 },
      nearDuplicates: { count: near, share: near / 100 },
    });
    expect(leakageWarnings([leakage(0, 5)], "SCAFFOLD")).toEqual([]);
    expect(leakageWarnings([leakage(0, 6)], "SCAFFOLD")).toMatchObject([
      { code: "LEAKAGE", details: { split: "TEST", kind: "nearDuplicates", count: 6, share: 0.06, promised: 0.05 } },
    ]);
    expect(leakageWarnings([leakage(0, 90)], "RANDOM")).toEqual([]);
    expect(leakageWarnings([leakage(1, 0)], "RANDOM")).toMatchObject([{ details: { kind: "molecules", count: 1 } }]);
    expect(leakageWarnings([leakage(90, 90)], "ROW")).toEqual([]);
  });
});

describe("a run", () => {
  let store: Store;
  let compute: FakeCompute;
  let runs: Runs;
  const asked: string[] = [];
  let broken = false;
  /** Alcohols of up to 8 carbons are alike, everything else is like nothing. */
  const chemistry = {
    search: {
      async fingerprints(smiles: readonly string[]) {
        if (broken) throw new MaillardError("COMPUTE_CRASHED", "RDKit is away.");
        asked.push(...smiles);
        return smiles.map((text, i) => {
          const bytes = new Uint8Array(256);
          bytes[/^C{1,8}O$/.test(text) ? 0 : 8 + ((i * 7 + text.length) % 240)] = 255;
          bytes[255] = text.length;
          return { morgan: bytes, pattern: bytes };
        });
      },
    },
  } as unknown as Chemistry;

  beforeAll(async () => {
    store = await createTestStore();
    await seedBase(store);
    await seedDataset(store);
    compute = new FakeCompute();
    runs = await startRuns({ store, compute, chemistry, onError: (error) => expect.fail(String(error)) });
  });
  afterAll(async () => {
    await runs.close();
    await store.close();
  });

  it("keeps its leakage; fingerprints are made once for all runs", async () => {
    const first = await ended(runs, (await runs.startFinetune(order())).id);
    expect(asked).toHaveLength(36);
    const leakage = first.leakage as unknown as SplitLeakage[];
    expect(leakage.map(({ split, count }) => [split, count])).toEqual([
      ["VALIDATION", 4],
      ["TEST", 3],
    ]);
    for (const { nearDuplicates } of leakage) expect(nearDuplicates).not.toBeNull();
    const second = await ended(runs, (await runs.startFinetune(order({ seed: 9 }))).id);
    expect(asked).toHaveLength(36);
    expect(second.leakage).not.toBeNull();
    expect(await store.prisma.fingerprint.count()).toBe(36);
    // What is read again has the bytes that were made, in their order.
    const compounds = await store.prisma.compound.findMany({ orderBy: { smiles: "asc" } });
    const { signal } = new AbortController();
    const forms = compounds.map(({ id, smiles }) => ({ compoundId: id, smiles }));
    const kept = await ensureFingerprints({ store, chemistry: null, signal }, forms);
    await store.prisma.fingerprint.deleteMany();
    const made = await ensureFingerprints({ store, chemistry, signal }, forms);
    const again = await ensureFingerprints({ store, chemistry: null, signal }, forms);
    const listed = (prints: typeof kept) => forms.map(({ smiles }) => [...(prints?.get(smiles) ?? [])]);
    expect(listed(again)).toEqual(listed(made));
    expect(listed(kept).map((bytes) => [bytes.length, bytes[255]])).toEqual(
      compounds.map(({ smiles }) => [256, smiles.length]),
    );
  });

  it("under SCAFFOLD is warned of near-duplicates, once, where there are more than one in twenty", async () => {
    const said = [];
    for (const seed of [1, 2, 3]) {
      const input = order({ seed, epochs: 1, split: { strategy: "SCAFFOLD", fractions: [0.6, 0.2, 0.2] } });
      const run = await ended(runs, (await runs.startFinetune(input)).id);
      const above = (run.leakage as unknown as SplitLeakage[]).filter(({ nearDuplicates }) => {
        return (nearDuplicates?.share ?? 0) > 0.05;
      });
      const warnings = run.warnings as { code: string; details: { split: string; kind: string } }[];
      expect(warnings.filter(({ code }) => code === "LEAKAGE").map(({ details }) => details)).toMatchObject(
        above.map(({ split }) => ({ split, kind: "nearDuplicates" })),
      );
      said.push(...above);
    }
    expect(said.length).toBeGreaterThan(0);
  });

  it("continues without RDKit, with null", async () => {
    broken = true;
    await store.prisma.fingerprint.deleteMany();
    const run = await ended(runs, (await runs.startFinetune(order())).id);
    broken = false;
    expect(run.status).toBe("SUCCEEDED");
    for (const { nearDuplicates } of run.leakage as unknown as SplitLeakage[]) expect(nearDuplicates).toBeNull();
  });

  it("reads its answers in the order in which the training process got the molecules", async () => {
    const run = await ended(runs, (await runs.startFinetune(order({ seed: 4 }))).id);
    const job = compute.jobs[compute.jobs.length - 1];
    for (const split of ["VALIDATION", "TEST"] as const) {
      const [answered] = await readAnswers(store, [{ runId: run.id, split }]);
      const examples = job.examples.filter((example) => example.split === split);
      expect([...(answered?.answers.truth ?? [])]).toEqual(examples.map(({ label }) => label));
      // The fake answers each molecule with the number of its tokens.
      expect(answered?.answers.outputs.filter((_, i) => i % 3 === 0)).toEqual(
        Float32Array.from(examples, ({ tokenIds }) => tokenIds.length),
      );
      expect(answered?.answers).toMatchObject({ task: "SINGLE_LABEL", labels: ["alcohol", "ester", "other"] });
    }
  });

  it("of rows of a MULTI_LABEL set teaches each row its own label, and reads them back by row", async () => {
    const datasetId = (await store.prisma.dataset.findFirstOrThrow({ where: { name: "sample" } })).id;
    const labelSetId = newId();
    await store.prisma.labelSet.create({ data: { id: labelSetId, datasetId, name: "taste", kind: "MULTI_LABEL" } });
    const members = await store.prisma.datasetCompound.findMany({ where: { datasetId } });
    await store.prisma.label.createMany({
      data: members.flatMap(({ id, position }) =>
        ["bitter", "sour", "sweet"].slice(0, 1 + (position % 3)).map((value) => ({ labelSetId, memberId: id, value })),
      ),
    });
    const input = order({ target: "taste", split: { strategy: "ROW", fractions: [0.6, 0.2, 0.2] } });
    const run = await ended(runs, (await runs.startFinetune(input)).id);
    expect(run.status).toBe("SUCCEEDED");
    expect(run.warnings).toMatchObject([
      { code: "LEAKY_SPLIT", details: { rows: 72, molecules: 36 } },
      { code: "TEST_SMALL", message: expect.stringContaining("14 rows"), details: { count: 14 } },
    ]);
    expect(run.input).toMatchObject({ task: "SINGLE_LABEL" });
    const job = compute.jobs[compute.jobs.length - 1];
    expect(job.classes).toEqual(["bitter", "sour", "sweet"]);
    expect(job.examples).toHaveLength(72);
    const [answered] = await readAnswers(store, [{ runId: run.id, split: "TEST" }]);
    const tested = job.examples.filter(({ split }) => split === "TEST");
    expect([...(answered?.answers.truth ?? [])]).toEqual(tested.map(({ label }) => label));
    const { molecules } = answered?.answers ?? { molecules: [] };
    expect(new Set(molecules).size).toBe(new Set(answered?.rows.map(({ compoundId }) => compoundId)).size);
  });

  it("of several labels reads back what was taught of each", async () => {
    const input = order({ target: "taste", minClassSize: 1 });
    const run = await ended(runs, (await runs.startFinetune(input)).id);
    expect([run.status, run.input]).toMatchObject(["SUCCEEDED", { task: "MULTI_LABEL" }]);
    const job = compute.jobs[compute.jobs.length - 1];
    const tested = job.examples.filter(({ split }) => split === "TEST");
    const [answered] = await readAnswers(store, [{ runId: run.id, split: "TEST" }]);
    expect(answered?.answers.task).toBe("MULTI_LABEL");
    expect([...(answered?.answers.truth ?? [])]).toEqual(tested.flatMap(({ targets }) => [...(targets ?? [])]));
    expect(
      tested.some(({ targets }) => targets?.includes(0)) && tested.every(({ targets }) => targets?.[0] === 1),
    ).toBe(true);
  });

  it("written again, answers are replaced; of a claim that is over, nothing is written", async () => {
    const run = await ended(runs, (await runs.startFinetune(order())).id);
    const where = { runId_split: { runId: run.id, split: "TEST" as const } };
    const count = ((await store.prisma.evaluation.findUniqueOrThrow({ where })).report as { count: number }).count;
    await writeOutputs(store.pool, run.id, { split: "TEST", count }, new Float32Array(count * 3).fill(7));
    const row = await store.prisma.evaluationOutput.findUniqueOrThrow({ where });
    expect([row.width, row.values.length]).toEqual([3, count * 12]);
    const [answered] = await readAnswers(store, [{ runId: run.id, split: "TEST" }]);
    expect(answered?.answers.outputs.every((value) => value === 7)).toBe(true);
    const zombie = new Recorder(store, { runId: run.id, attempt: run.attempt }, new AbortController().signal);
    const report = { split: "TEST", count } as EvaluationReport;
    await expect(zombie.evaluation({ report, outputs: new Float32Array(count * 3) })).rejects.toMatchObject({
      code: "LEASE_LOST",
    });
    await expect(zombie.leakage([])).rejects.toMatchObject({ code: "LEASE_LOST" });
    expect((await store.prisma.evaluationOutput.findUniqueOrThrow({ where })).values).toEqual(row.values);
    await expect(writeOutputs(store.pool, run.id, { split: "TEST", count }, new Float32Array(2))).rejects.toMatchObject(
      {
        code: "INTERNAL",
      },
    );
  });
});
