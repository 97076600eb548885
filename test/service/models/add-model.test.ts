/** addModel with weights in a pickle: they are stored as safetensors, and a refused pickle leaves no files. */
import { cp, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { loadCheckpoint } from "../../../src/model/checkpoint/checkpoint.js";
import { readSafetensors } from "../../../src/model/checkpoint/safetensors.js";
import type { Application } from "../../../src/service/application.js";
import { addModel } from "../../../src/service/models/add-model.js";
import { modelFolder, type Store } from "../../../src/store/index.js";
import { code, legacyFile, pickled, torchFile } from "../../support/data/torch-file.js";
import { createTestStore } from "../../support/database.js";

const FIXTURE = join(import.meta.dirname, "..", "..", "fixtures", "tiny-bert");
let store: Store;
let root = "";
let folder = "";
let application: Application;

beforeAll(async () => {
  store = await createTestStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  await store.prisma.model.deleteMany();
  root = await realpath(await mkdtemp(join(tmpdir(), "maillard-models-")));
  folder = join(root, "model");
  await cp(FIXTURE, folder, { recursive: true });
  application = { store, modelRoots: [root] } as unknown as Application;
  return () => rm(root, { recursive: true });
});

const request = () => ({ name: "imported", folder, target: null });

it.each(["legacy", "zip"] as const)("%s: the artifact holds safetensors and no pickle", async (format) => {
  const weights = await readSafetensors(join(folder, "model.safetensors"));
  await rm(join(folder, "model.safetensors"));
  const pickle = torchFile(format, weights);
  await writeFile(join(folder, "pytorch_model.bin"), pickle);
  const row = await addModel(application, request());
  expect(row).toMatchObject({ name: "imported", family: "bert", task: "SINGLE_LABEL", parameterCount: 19_619n });
  const artifact = modelFolder(store, row);
  expect((await readdir(artifact)).sort()).toEqual([
    "config.json",
    "model.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
  ]);
  expect((await loadCheckpoint(artifact)).weights).toEqual((await loadCheckpoint(FIXTURE)).weights);
  // The given folder is unchanged.
  expect((await readFile(join(folder, "pytorch_model.bin"))).equals(pickle)).toBe(true);
});

it("refuses a pickle that names os.system, runs nothing and leaves no artifact", async () => {
  const { whole, text, tuple, global: named } = pickled;
  const touched = join(root, "owned");
  const attack = whole(Buffer.concat([named("os", "system"), tuple(text(`touch ${touched}`)), code("R")]));
  await rm(join(folder, "model.safetensors"));
  await writeFile(join(folder, "pytorch_model.bin"), legacyFile({ dict: attack }));
  const models = store.artifacts.path("models");
  const before = await readdir(models).catch(() => []);
  await expect(addModel(application, request())).rejects.toMatchObject({
    code: "CHECKPOINT_UNSUPPORTED",
    message: expect.stringContaining('"os.system"'),
  });
  expect(await readdir(root)).toEqual(["model"]);
  expect(await readdir(models)).toEqual(before);
  expect(await store.prisma.model.count()).toBe(0);
});
