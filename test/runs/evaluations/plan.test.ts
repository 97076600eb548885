/** Which label set is the truth of which output, and what of the labels a model knows. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { planEvaluation } from "../../../src/runs/evaluations/plan-evaluation.js";
import { orderEvaluation } from "../../../src/runs/orders/evaluation-order.js";
import type { Head } from "../../../src/runs/predictions/head.js";
import type { Dataset, LabelKind } from "../../../src/store/generated/client.js";
import { newId, type Store } from "../../../src/store/index.js";
import { createTestStore } from "../../support/database.js";
import { seedDataset } from "../../support/run-fixtures.js";

/** Values of molecule 0 to 3; null: none. */
const SETS: [string, LabelKind, (string | number | null)[]][] = [
  ["taste", "MULTI_LABEL", ["sweet", "bitter", "salty", "salty"]],
  ["NR-AR", "SINGLE_LABEL", ["1", "0", "active", null]],
  ["SR-p53", "SINGLE_LABEL", [null, "no", "1", null]],
  ["measured", "NUMBER", [1.5, null, 3, null]],
  ["mass", "NUMBER", [100, 110, null, null]],
];

let store: Store;
let dataset: Dataset;
beforeAll(async () => {
  store = await createTestStore();
  const id = await seedDataset(
    store,
    ["CO", "CCO", "CCCO", "CCCCO"].map((smiles) => ({ smiles })),
  );
  dataset = await store.prisma.dataset.findUniqueOrThrow({ where: { id } });
  const members = await store.prisma.datasetCompound.findMany({ orderBy: { position: "asc" } });
  for (const [name, kind, values] of SETS) {
    const labelSetId = newId();
    await store.prisma.labelSet.create({ data: { id: labelSetId, datasetId: id, name, kind } });
    await store.prisma.label.createMany({
      data: values.flatMap((value, place) => {
        const row = { labelSetId, memberId: members[place].id, value: String(value) };
        return value === null ? [] : [{ ...row, number: typeof value === "number" ? value : null }];
      }),
    });
  }
});
afterAll(() => store?.close());

async function planned(head: Head, given: { targets?: string[] } = {}, target: string | null = null) {
  const order = orderEvaluation({ model: "m", dataset: dataset.name, ...given });
  const { plan, targets } = await planEvaluation(store, { model: { name: "m", target }, head, dataset, order });
  const details = new Map(plan.warnings.map(({ code, details: of }) => [code, of]));
  return { targets, texts: plan.assignments.map(({ label }) => JSON.parse(label) as unknown), details };
}
const labels = (...names: string[]): Head => ({ task: "MULTI_LABEL", labels: names });
const numbers = (...names: string[]): Head => ({ task: "REGRESSION", labels: names });

describe("the truth of labels", () => {
  it("of one set leaves out those that the model does not know, and keeps the molecules", async () => {
    const { texts, details, targets } = await planned(labels("bitter", "sour", "sweet"), {}, "taste");
    expect(targets).toEqual(["taste"]);
    expect(texts).toEqual([["sweet"], ["bitter"], [], []]);
    expect(details.get("UNKNOWN_CLASSES")).toEqual({ classes: { salty: 2 } });
    expect(details.get("CLASS_MISSING")).toEqual({ split: "TEST", classes: ["sour"] });
  });

  it("of several sets is that of the outputs of their names; one that is not there is not measured", async () => {
    const { texts, details, targets } = await planned(labels("SR-p53", "NR-AR", "NR-ER"));
    expect(targets).toEqual(["SR-p53", "NR-AR"]);
    expect(texts).toEqual([{ "NR-AR": 1 }, { "NR-AR": 0, "SR-p53": 0 }, { "NR-AR": 1, "SR-p53": 1 }]);
    expect(details.get("CLASS_MISSING")).toEqual({ split: "TEST", classes: ["NR-ER"] });
  });

  it.each([
    ["none that the model knows", labels("umami"), ["taste"], "LABEL_MISMATCH", "target"],
    ["sets of two kinds", labels("taste", "NR-AR"), ["taste", "NR-AR"], "TASK_MISMATCH", "targets"],
    ["numbers", labels("mass"), ["mass"], "TASK_MISMATCH", "target"],
    ["no set of the model's names", labels("umami"), undefined, "UNKNOWN_TARGET", "target"],
  ] as const)("is refused with %s", async (_, head, targets, code, param) => {
    const given = targets ? { targets: [...targets] } : {};
    await expect(planned(head, given)).rejects.toMatchObject({ code, param });
  });
});

describe("the truth of numbers", () => {
  it("has the names of the outputs, whatever the label sets are called", async () => {
    const one = await planned(numbers("logS"), { targets: ["measured"] }, "logS");
    expect([one.targets, one.texts]).toEqual([["measured"], [{ logS: 1.5 }, { logS: 3 }]]);
    const two = await planned(numbers("logS", "mass"), { targets: ["measured", "mass"] });
    expect(two.texts).toEqual([{ logS: 1.5, mass: 100 }, { mass: 110 }, { logS: 3 }]);
    const byName = await planned(numbers("logS", "mass"), { targets: ["mass"] });
    expect(byName.texts).toEqual([{ mass: 100 }, { mass: 110 }]);
    expect(byName.details.get("CLASS_MISSING")).toEqual({ split: "TEST", classes: ["logS"] });
  });

  it("never has a set that is named as one output for another", async () => {
    const given = { targets: ["mass", "measured"] };
    await expect(planned(numbers("logS", "mass"), given)).rejects.toMatchObject({ code: "INVALID_CONFIG" });
    const few = planned(numbers("logS", "logP"), { targets: ["measured"] });
    await expect(few).rejects.toMatchObject({ code: "INVALID_CONFIG", param: "target" });
  });
});
