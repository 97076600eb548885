/** Idempotency keys outlive a version: the hashes below were made by the version before the table of options. */
import { expect, it } from "vitest";
import { orderFinetune, orderHash } from "../../../src/runs/orders/input.js";
import { orderProbe } from "../../../src/runs/orders/probe-order.js";
import { orderRepeats } from "../../../src/runs/orders/repeats.js";

const finetune = { name: "n", baseModel: "base", dataset: "sample", target: "superclass" };
const lora = { rank: 4, alpha: 8, targets: ["key" as const] };

it("a group has the hash that it always had", () => {
  expect(orderHash("REPEATS", orderRepeats({ finetune, seeds: [1, 2] }))).toBe(
    "ed6561d08c6cabcce189308e6ea34fd9e27e5c007c26e25c44b6a71a6a669b43",
  );
  const changed = { ...finetune, dropout: 0.1, topClasses: 3, augmentation: 2, lora };
  expect(orderHash("REPEATS", orderRepeats({ finetune: changed, folds: 5, ensemble: true }))).toBe(
    "b7185e0bc3aa806ae8576e4a697d1245098fe163e67499b9ef5a27a3aed07d47",
  );
});

it("a probe has the hash that it always had", () => {
  expect(orderHash("PROBE", orderProbe(finetune))).toBe(
    "c0c59a8be9dbd80dd32ea67bdb685410fd4cc01879a9560872d8997356738c75",
  );
  const changed = { features: "MORGAN_FINGERPRINT", classWeights: "balanced", topClasses: 3 } as const;
  expect(orderHash("PROBE", orderProbe({ ...finetune, ...changed, inverseRegularization: [0.1, 1] }))).toBe(
    "1ec17ec8f836a1dffebf2d7348e436ca7274d0c411babedeb2d784922ab2ffcb",
  );
});

it("a finetune with options of every part of the table has the hash that it always had", () => {
  const changed = { topClasses: 3, maxClassSize: 90, labelSmoothingFactor: 0.1, evaluationForms: 4, lora };
  expect(orderHash("FINETUNE", orderFinetune({ ...finetune, ...changed }))).toBe(
    "ebf3cdca36370bbf5e5cb102a0e96fbe9f70483eec499b1c87a08ddf19d4e170",
  );
});
