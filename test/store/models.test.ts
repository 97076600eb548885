import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findModelByNameOrId } from "../../src/store/find.js";
import { modelFolder, newId, registerModel, type Store } from "../../src/store/index.js";
import { createTestStore } from "../support/database.js";

const FIXTURES = join(import.meta.dirname, "..", "fixtures");
const bert = { folder: join(FIXTURES, "tiny-bert"), artifact: "package:test/fixtures/tiny-bert" };
const roberta = { folder: join(FIXTURES, "tiny-roberta"), artifact: "package:test/fixtures/tiny-roberta" };

let store: Store;
beforeAll(async () => {
  store = await createTestStore();
});
afterAll(() => store.close());
beforeEach(() => store.prisma.model.deleteMany());

describe("registerModel", () => {
  it("writes what the checkpoint is", async () => {
    const row = await registerModel(store, { name: "tiny", ...bert, target: "superclass", card: "# Tiny" });
    expect(row).toMatchObject({
      name: "tiny",
      family: "bert",
      task: "SINGLE_LABEL",
      labels: ["alcohol", "ester", "other"],
      target: "superclass",
      layers: 2,
      width: 32,
      heads: 4,
      vocabularySize: 40,
      parameterCount: 19_619n,
      maxLength: 64,
      card: "# Tiny",
    });
    expect(row.checksum).toMatch(/^[0-9a-f]{64}$/);
    expect(modelFolder(store, row)).toBe(bert.folder);
    const headless = await registerModel(store, {
      name: "masked",
      folder: join(FIXTURES, "tiny-roberta-masked"),
      artifact: "package:test/fixtures/tiny-roberta-masked",
    });
    expect(headless).toMatchObject({ family: "roberta", task: "MASKED_LANGUAGE_MODEL", labels: null, target: null });
  });

  it("answers the same row for the same name and bytes, five at once too", async () => {
    const rows = await Promise.all(Array.from({ length: 5 }, () => registerModel(store, { name: "tiny", ...bert })));
    expect(new Set(rows.map(({ id }) => id)).size).toBe(1);
    expect(await store.prisma.model.count()).toBe(1);
  });

  it("refuses other bytes under a name that is taken", async () => {
    await registerModel(store, { name: "tiny", ...bert });
    await expect(registerModel(store, { name: "tiny", ...roberta })).rejects.toMatchObject({
      code: "CONFLICT",
      param: "name",
    });
  });

  it("takes one folder under two names", async () => {
    const [one, two] = [
      await registerModel(store, { name: "one", ...bert }),
      await registerModel(store, { name: "two", ...bert }),
    ];
    expect(one.checksum).toBe(two.checksum);
    expect(one.id).not.toBe(two.id);
  });

  it("replaces a shipped model when an update of the package changed it, with all that it had computed", async () => {
    const folder = await mkdtemp(join(tmpdir(), "maillard-shipped-"));
    await cp(bert.folder, folder, { recursive: true });
    const shipped = { name: "shipped", folder, artifact: "package:models/shipped" };
    const before = await registerModel(store, shipped);
    const compound = await store.prisma.compound.create({
      data: {
        id: newId(),
        inchiKey: newId(),
        skeletonKey: "X",
        smiles: "C",
        formula: "CH4",
        molecularWeight: 16,
        scaffold: "",
      },
    });
    const computed = { modelId: before.id, compoundId: compound.id, smiles: "C" };
    await store.prisma.embedding.create({
      data: { id: newId(), ...computed, pooling: "CLS", layer: 1, dimension: 1, vector: new Uint8Array(4) },
    });
    await store.prisma.prediction.create({
      data: { id: newId(), ...computed, label: "ester", score: 1, scores: new Uint8Array(12) },
    });
    await cp(roberta.folder, folder, { recursive: true });
    const after = await registerModel(store, shipped);
    expect(after).toMatchObject({ id: before.id, family: "roberta" });
    expect(after.checksum).not.toBe(before.checksum);
    expect([await store.prisma.embedding.count(), await store.prisma.prediction.count()]).toEqual([0, 0]);
    await rm(folder, { recursive: true });
  });

  it("takes the folder's README.md as the card, and refuses a folder without a checkpoint", async () => {
    const folder = await mkdtemp(join(tmpdir(), "maillard-card-"));
    await cp(bert.folder, folder, { recursive: true });
    await writeFile(join(folder, "README.md"), "# A card");
    expect((await registerModel(store, { name: "carded", folder, artifact: "models/carded" })).card).toBe("# A card");
    await writeFile(join(folder, "config.json"), "{");
    await expect(registerModel(store, { name: "broken", folder, artifact: "models/broken" })).rejects.toMatchObject({
      code: "CHECKPOINT_INVALID",
    });
    await rm(folder, { recursive: true });
  });
});

describe("findModelByNameOrId", () => {
  it("finds by name and by id, and otherwise lists what there is", async () => {
    const row = await registerModel(store, { name: "tiny", ...bert });
    expect((await findModelByNameOrId(store, "tiny")).id).toBe(row.id);
    expect((await findModelByNameOrId(store, row.id)).id).toBe(row.id);
    await expect(findModelByNameOrId(store, "tinny")).rejects.toMatchObject({
      code: "NOT_FOUND",
      details: { existing: ["tiny"] },
    });
  });
});
