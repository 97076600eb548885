/** addModel: only folders that the operator allows, only plain files, checked, copied, usable at once. */
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FIXTURES, startTestService, type TestService } from "../../support/api.js";

const ADD = `mutation ($input: AddModelInput!) {
  addModel(input: $input) {
    model {
      id name family task labels target layers width heads vocabularySize parameterCount maxLength checksum card
      baseModel { name } } } }`;

let service: TestService;
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "maillard-roots-"));
  service = await startTestService({ modelRoots: [join(root, "models"), join(root, "gone")] });
  await mkdir(join(root, "models"));
  await cp(join(FIXTURES, "tiny-roberta"), join(root, "models", "roberta"), { recursive: true });
  await cp(join(FIXTURES, "tiny-bert"), join(root, "outside"), { recursive: true });
});
afterAll(async () => {
  await service.close();
  await rm(root, { recursive: true });
});

const refusal = (folder: string, rest: object = {}) =>
  service.refusal(ADD, { input: { name: "refused", folder, ...rest } });
const copies = () => readdir(join(service.home, "artifacts", "models")).catch(() => []);
/** A copy of the allowed checkpoint, changed. */
async function changed(name: string, change: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(root, "models", name);
  await cp(join(FIXTURES, "tiny-roberta"), folder, { recursive: true });
  await change(folder);
  return folder;
}

describe("addModel", () => {
  it("copies a checkpoint and registers it; it works after the folder is removed", async () => {
    const folder = await changed("short-lived", (path) => writeFile(join(path, "README.md"), "# A card"));
    await writeFile(join(folder, "secrets.txt"), "not part of a checkpoint");
    const { addModel } = await service.data<{ addModel: { model: object } }>(ADD, {
      input: { name: "added", folder, target: "superclass" },
    });
    expect(addModel.model).toMatchObject({
      name: "added",
      family: "roberta",
      task: "SINGLE_LABEL",
      target: "superclass",
      card: "# A card",
      baseModel: null,
      layers: 2,
      width: 32,
      heads: 4,
      vocabularySize: 40,
      labels: ["alcohol", "ester", "other"],
    });
    await rm(folder, { recursive: true });
    const { predict, embed } = await service.data<Record<string, never>>(
      `{
        predict(smiles: ["CCO"], model: "added") { ... on Prediction { label } }
        embed(smiles: ["CCO"], model: "added") { ... on Embedding { dimension } } }`,
    );
    expect([predict, embed]).toMatchObject([[{ label: expect.any(String) }], [{ dimension: 32 }]]);
    const [copy] = await copies();
    expect((await readdir(join(service.home, "artifacts", "models", copy))).sort()).toEqual([
      "README.md",
      "config.json",
      "model.safetensors",
      "tokenizer.json",
      "tokenizer_config.json",
    ]);
  });

  it("refuses a name that is taken or invalid", async () => {
    const folder = join(root, "models", "roberta");
    expect(await refusal(folder, { name: "base" })).toMatchObject({ code: "CONFLICT", param: "name" });
    for (const name of ["", "../x", "a b"])
      expect(await refusal(folder, { name })).toMatchObject({ code: "BAD_INPUT", param: "name" });
  });

  it("reads nothing outside the allowed roots, and does not reveal what is there", async () => {
    const allowed = join(root, "models");
    await symlink(join(root, "outside"), join(allowed, "link"));
    await mkdir(join(root, "models-too"));
    const folders = [
      join(root, "outside"),
      join(allowed, "..", "outside"),
      `${allowed}/../outside`,
      join(allowed, "link"),
      join(root, "nothing"),
      join(allowed, "nothing"),
      join(allowed, "roberta", "config.json"),
      join(root, "models-too"),
      "roberta",
      "./models/roberta",
      "",
      "/",
      "file:///etc",
      "http://127.0.0.1/x",
    ];
    for (const folder of folders)
      expect(await refusal(folder)).toEqual({ code: "BAD_INPUT", param: "folder", retryable: false });
    const message = async (folder: string) =>
      ((await service.ask(ADD, { input: { name: "refused", folder } })).errors?.[0].message ?? "").replace(
        JSON.stringify(folder),
        "",
      );
    expect(await message(join(root, "outside"))).toBe(await message(join(root, "nothing")));
  });

  it("refuses an invalid checkpoint, names no path of the server, and leaves no files", async () => {
    const before = await copies();
    const empty = join(root, "models");
    const cut = await changed("cut", (folder) => truncate(join(folder, "model.safetensors"), 5_000));
    const torn = await changed("torn", (folder) => writeFile(join(folder, "config.json"), "{"));
    const linked = await changed("linked", async (folder) => {
      await rm(join(folder, "model.safetensors"));
      await symlink(join(root, "outside", "model.safetensors"), join(folder, "model.safetensors"));
    });
    const mute = await changed("mute", (folder) => rm(join(folder, "tokenizer.json")));
    const nonsense = await changed("nonsense", (folder) => writeFile(join(folder, "tokenizer.json"), `{"model":{}}`));
    const pickle = await changed("pickle", (folder) =>
      rename(join(folder, "model.safetensors"), join(folder, "pytorch_model.bin")),
    );
    const large = await changed("large", async (folder) => {
      const path = join(folder, "tokenizer.json");
      const tokenizer = JSON.parse(await readFile(path, "utf8"));
      tokenizer.model.vocab.Xx = Math.max(...(Object.values(tokenizer.model.vocab) as number[])) + 1;
      await writeFile(path, JSON.stringify(tokenizer));
    });
    const other = await changed("other", (folder) => writeFile(join(folder, "config.json"), `{"model_type":"gpt2"}`));
    const expected = {
      CHECKPOINT_INVALID: [empty, cut, torn, linked, mute, nonsense, large],
      CHECKPOINT_UNSUPPORTED: [other, pickle],
    };
    for (const [code, folders] of Object.entries(expected)) {
      for (const folder of folders) {
        const { errors } = await service.ask(ADD, { input: { name: "refused", folder } });
        expect([folder, errors?.map(({ extensions }) => extensions.code)]).toEqual([folder, [code]]);
        expect(JSON.stringify(errors)).not.toContain(service.home);
      }
    }
    expect(await copies()).toEqual(before);
    expect(await service.store.prisma.model.count({ where: { name: "refused" } })).toBe(0);
    expect(service.problems).toEqual([]);
  });

  it("of one folder twice at once under one name has one winner", async () => {
    const folder = join(root, "models", "roberta");
    const before = await copies();
    const answers = await Promise.all([1, 2, 3].map(() => service.ask(ADD, { input: { name: "raced", folder } })));
    expect(answers.some(({ errors }) => errors === undefined)).toBe(true);
    for (const { errors = [] } of answers)
      expect(errors.every(({ extensions }) => extensions.code === "CONFLICT")).toBe(true);
    expect(await service.store.prisma.model.count({ where: { name: "raced" } })).toBe(1);
    expect(await copies()).toHaveLength(before.length + 1);
    const { predict } = await service.data<{ predict: object[] }>(
      `{ predict(smiles: ["CCN"], model: "raced") { __typename } }`,
    );
    expect(predict).toEqual([{ __typename: "Prediction" }]);
  });
});
