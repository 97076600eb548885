/** Idempotency keys outlive a version: the hashes below were made by the version before the table of options. */
import { describe, expect, it } from "vitest";
import type { ConflictRule } from "../../../src/datasets/conflicts/rules.js";
import { inputHashes, isSame } from "../../../src/runs/orders/identity.js";
import { orderImport } from "../../../src/runs/orders/import-order.js";
import { type FinetuneInput, orderFinetune } from "../../../src/runs/orders/input.js";
import { orderProbe } from "../../../src/runs/orders/probe-order.js";
import { orderRepeats } from "../../../src/runs/orders/repeats.js";

const finetune = { name: "n", baseModel: "base", dataset: "sample", target: "superclass" };
const lora = { rank: 4, alpha: 8, targets: ["key" as const] };
const hashes = (changes: Partial<FinetuneInput> = {}) =>
  inputHashes("FINETUNE", orderFinetune({ ...finetune, ...changes }));

it("a group has the hash that it always had", () => {
  expect(inputHashes("REPEATS", orderRepeats({ finetune, seeds: [1, 2] })).earlier).toBe(
    "ed6561d08c6cabcce189308e6ea34fd9e27e5c007c26e25c44b6a71a6a669b43",
  );
  const changed = { ...finetune, dropout: 0.1, topClasses: 3, augmentation: 2, lora };
  expect(inputHashes("REPEATS", orderRepeats({ finetune: changed, folds: 5, ensemble: true })).earlier).toBe(
    "b7185e0bc3aa806ae8576e4a697d1245098fe163e67499b9ef5a27a3aed07d47",
  );
});

it("a probe has the hash that it always had", () => {
  expect(inputHashes("PROBE", orderProbe(finetune)).own).toBe(
    "c0c59a8be9dbd80dd32ea67bdb685410fd4cc01879a9560872d8997356738c75",
  );
  const changed = { features: "MORGAN_FINGERPRINT", classWeights: "balanced", topClasses: 3 } as const;
  expect(inputHashes("PROBE", orderProbe({ ...finetune, ...changed, inverseRegularization: [0.1, 1] })).own).toBe(
    "1ec17ec8f836a1dffebf2d7348e436ca7274d0c411babedeb2d784922ab2ffcb",
  );
});

it("an import has the hash that it always had", () => {
  const input = {
    format: "csv",
    table: { smiles: "smiles" },
    file: { bytes: 3, sha256: "of a test" },
    path: "",
  } as const;
  const order = (onConflict?: ConflictRule) =>
    orderImport({ ...input, target: { dataset: "sample", ...(onConflict ? { onConflict } : {}) } });
  const own = inputHashes("IMPORT", order()).own;
  expect(own).toBe("2be63144c523ce098531fa737c99600d53dc3644a2923ba7cccb88685c4fc815");
  expect(inputHashes("IMPORT", order("FIRST")).own).toBe(own);
  expect(inputHashes("IMPORT", order("DROP")).own).not.toBe(own);
});

it("what came later is a part of the hash where it is not the default", () => {
  const split = { strategy: "COLUMN", column: "fold" };
  const one = { ...finetune, split };
  const probe = (onOverlap?: "error" | "dropFromTrain") =>
    inputHashes("PROBE", orderProbe({ ...one, ...(onOverlap ? { onOverlap } : {}) })).own;
  expect(probe("error")).toBe(probe());
  expect(probe("dropFromTrain")).not.toBe(probe());
  expect(hashes({ split, onOverlap: "error" })).toEqual(hashes({ split }));
  expect(hashes({ split, onOverlap: "dropFromTrain" }).own).not.toBe(hashes({ split }).own);
});

it("a finetune with options of every part of the table has the hash that it always had", () => {
  const changed = { topClasses: 3, maxClassSize: 90, labelSmoothingFactor: 0.1, evaluationForms: 4, lora };
  expect(hashes(changed).earlier).toBe("ebf3cdca36370bbf5e5cb102a0e96fbe9f70483eec499b1c87a08ddf19d4e170");
});

describe("a request with a recipe", () => {
  it("is another one where a value is named than where it is left to the recipe, and by another recipe", () => {
    const all = [hashes(), hashes({ epochs: 5 }), hashes({ batchSize: 16 }), hashes({ recipe: "published" })];
    expect(new Set(all.map(({ own }) => own)).size).toBe(4);
    // The version before recipes saw no difference.
    expect(new Set(all.map(({ earlier }) => earlier)).size).toBe(1);
    const groups = [finetune, { ...finetune, epochs: 5 }, { ...finetune, recipe: "published" as const }];
    const [first, ...others] = groups.map((one) => inputHashes("REPEATS", orderRepeats({ finetune: one, seeds: [1] })));
    expect(new Set([first, ...others].map(({ own }) => own)).size).toBe(3);
    expect(others.map(({ earlier }) => earlier)).toEqual([first.earlier, first.earlier]);
  });

  it("is that of a run stored before there were recipes, and never of one stored since by another request", () => {
    const asked = hashes({ epochs: 5 });
    expect(isSame({ inputHash: asked.earlier, input: { epochs: 5 } }, asked)).toBe(true);
    expect(isSame({ inputHash: asked.own, input: { recipe: "auto" } }, asked)).toBe(true);
    expect(isSame({ inputHash: hashes().own, input: { recipe: "auto" } }, asked)).toBe(false);
    expect(isSame({ inputHash: asked.earlier, input: { recipe: "auto" } }, asked)).toBe(false);
    expect(isSame({ inputHash: hashes({ epochs: 6 }).earlier, input: { epochs: 6 } }, asked)).toBe(false);
  });
});
