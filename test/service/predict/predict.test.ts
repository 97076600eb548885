/** What `predict` promises: one answer per SMILES in its place, the same for the same molecule, and exact refusals. */
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { namedMolecules } from "../../../src/datasets/search/named-molecules.js";
import { MaillardError } from "../../../src/errors.js";
import { registerModel } from "../../../src/store/index.js";
import { principalOf } from "../../support/access/projects.js";
import { FIXTURES, importLibrary, startTestService, type TestService } from "../../support/api.js";
import { cpuTime } from "../../support/machine/cpu-time.js";

const PREDICT = `query ($smiles: [String!]!, $model: String! = "classifier", $topK: Int) {
  predict(smiles: $smiles, model: $model, topK: $topK) {
    __typename
    ... on Prediction {
      id smiles note label score labels { label score } compound { id inchiKey formula molecularWeight }
      model { name } }
    ... on SmilesError { smiles code message } } }`;
interface Item {
  __typename: "Prediction" | "SmilesError";
  id: string;
  smiles: string;
  note: string | null;
  label: string;
  score: number;
  labels: { label: string; score: number }[];
  compound: { id: string; inchiKey: string; formula: string; molecularWeight: number };
  model: { name: string };
  code: string;
  message: string;
}

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

const predict = async (smiles: string[], rest: object = {}): Promise<Item[]> =>
  (await service.data<{ predict: Item[] }>(PREDICT, { smiles, ...rest })).predict;
const refusal = (variables: object) => service.refusal(PREDICT, variables);

describe("predict", () => {
  it("answers the scores that transformers computes from the same weights", async () => {
    const { smiles, logits, classes } = JSON.parse(
      readFileSync(join(import.meta.dirname, "../../../bench/reference/tiny-bert.json"), "utf8"),
    ) as { smiles: string[]; logits: number[][]; classes: string[] };
    const answers = await predict(smiles.slice(0, 3), { topK: 3 });
    for (const [index, answer] of answers.entries()) {
      // The tokens of the saved reference are those of the canonical SMILES.
      expect(answer.smiles).toBe(smiles[index]);
      const sum = logits[index].reduce((total, value) => total + Math.exp(value), 0);
      const expected = classes
        .map((label, place) => ({ label, score: Math.exp(logits[index][place]) / sum }))
        .sort((a, b) => b.score - a.score);
      expect(answer.labels.map(({ label }) => label)).toEqual(expected.map(({ label }) => label));
      for (const [place, { score }] of answer.labels.entries()) expect(score).toBeCloseTo(expected[place].score, 5);
      expect([answer.label, answer.score]).toEqual([answer.labels[0].label, answer.labels[0].score]);
    }
  });

  it("answers the same compound, the same row and the same scores however the molecule is written", async () => {
    const spellings = ["CC(=O)OCCC1=CC=CC=C1", "c1ccccc1CCOC(C)=O", "O(C(=O)C)CCc1ccccc1"];
    const [first, ...others] = await predict(spellings);
    expect(first.compound).toMatchObject({ formula: "C10H12O2", inchiKey: "MDHYEMXUFSJLGV-UHFFFAOYSA-N" });
    expect(first.compound.molecularWeight).toBeCloseTo(164.204, 2);
    for (const other of others) expect(other).toEqual(first);
    expect(await predict(spellings.slice(1, 2))).toEqual([first]);
    const count = await service.store.prisma.prediction.count({ where: { smiles: first.smiles } });
    expect(count).toBe(1);
  });

  it("answers the same alone and among 255 others", async () => {
    const chains = Array.from({ length: 255 }, (_, index) => `${"C".repeat(1 + (index % 60))}${index % 2 ? "O" : "N"}`);
    const [alone] = await predict(["CCOC(=O)c1ccccc1"]);
    await service.application.predictions.forget();
    await service.store.prisma.prediction.deleteMany();
    const crowd = await predict([...chains, "CCOC(=O)c1ccccc1"]);
    expect(crowd[255].id).not.toBe(alone.id);
    for (const [place, { label, score }] of crowd[255].labels.entries()) {
      expect(label).toBe(alone.labels[place].label);
      expect(score).toBeCloseTo(alone.labels[place].score, 5);
    }
  });

  it("puts a SmilesError in the place of a bad SMILES, with RDKit's reason, and answers the others", async () => {
    const bad = ["C1CC", "CC(C)(C)(C)(C)C", "", "CCO ethanol", "C(C", "é", "\ud83e\uddea", "*CC", "C".repeat(1_001)];
    const answers = await predict(bad.flatMap((smiles) => [smiles, "CCO"]));
    expect(answers.map(({ __typename }) => __typename)).toEqual(bad.flatMap(() => ["SmilesError", "Prediction"]));
    const errors = answers.filter((_, index) => index % 2 === 0);
    expect(errors.map(({ code }) => code)).toEqual([
      "INVALID_SMILES",
      "INVALID_SMILES",
      "EMPTY_INPUT",
      "INVALID_SMILES",
      "INVALID_SMILES",
      "INVALID_SMILES",
      "INVALID_SMILES",
      "INVALID_SMILES",
      "SMILES_TOO_LONG",
    ]);
    expect(errors[0].message).toContain("unclosed ring");
    expect(errors[1].message).toMatch(/valence/i);
    expect(errors.map(({ smiles }) => smiles)).toEqual(bad.map((smiles) => smiles.slice(0, 200)));
  });

  it("takes names, InChIKeys and InChIs; a SMILES comes before a name, and an ambiguous name is an error", async () => {
    const dataset = await importLibrary(service, "called", [
      { smiles: "CCCCCCO", name: "Hexan-1-ol" },
      { smiles: "CCCCCCN", name: "CO" },
      { smiles: "OC(C)CC", name: "butanol" },
      { smiles: "OCCCC", name: "Butanol" },
    ]);
    const texts = ["hexan-1-OL", "ZSIAUFGUXNUGDI-UHFFFAOYSA-N", "InChI=1S/C6H14O/c1-2-3-4-5-6-7/h7H,2-6H2,1H3", "CO"];
    const answers = await predict([...texts, "CCCCCCO", "butanol", "nobody knows", "AAAAAAAAAAAAAA-UHFFFAOYSA-N"]);
    expect(answers.slice(0, 3)).toEqual([answers[4], answers[4], answers[4]]);
    expect([answers[3].smiles, answers[4].smiles]).toEqual(["CO", "CCCCCCO"]);
    const errors = answers.slice(5);
    expect(errors.map(({ code }) => code)).toEqual(["INVALID_SMILES", "INVALID_SMILES", "INVALID_SMILES"]);
    expect(errors[0].message).toContain("several molecules of the library (CCC(C)O, CCCCO)");
    expect(errors[1].message).toContain('" " at position 7');
    expect(errors[2].message).toContain("InChIKey");
    const embed = `{ embed(smiles: ["HEXAN-1-OL", "CCCCCCO"], model: "base") { ... on Embedding { id smiles } } }`;
    const [named, written] = (await service.data<{ embed: object[] }>(embed)).embed;
    expect(named).toEqual(written);
    const seenBy = async (project: string): Promise<number> =>
      (await namedMolecules({ ...service.store, principal: principalOf(project) }, texts)).size;
    // "CO" is a name, too; the InChI is none.
    expect([await seenBy("default"), await seenBy("other")]).toEqual([3, 0]);
    await service.store.prisma.dataset.deleteMany({ where: { name: dataset } });
  });

  it("refuses 100,000 opening brackets in its place and at once", async () => {
    const spent = cpuTime();
    const [answer] = await predict(["(".repeat(100_000)]);
    expect(answer).toMatchObject({ code: "SMILES_TOO_LONG", smiles: "(".repeat(200) });
    // RDKit would take minutes.
    expect(spent()).toBeLessThan(5_000);
  });

  it("classifies the largest fragment of a salt and says which were left out", async () => {
    const [salt, acid, plain] = await predict(["CC(=O)Oc1ccccc1C(=O)[O-].[Na+]", "CC(=O)Oc1ccccc1C(=O)[O-]", "CCO"]);
    expect(salt.note).toContain("[Na+]");
    expect([acid.note, plain.note]).toEqual([null, null]);
    expect({ ...salt, note: null }).toEqual(acid);
  });

  it("says what the model does not see: tokens behind its maximum, and tokens that it does not know", async () => {
    const chain = "C".repeat(80);
    const items = [`${chain}O`, `${chain}N`, "[U]", "[Pu]", "CCO.[U]", `${chain}[Xe]`, "CCO"];
    for (const time of ["computed", "stored"]) {
      const answers = await predict(items);
      const cut = (length: number) =>
        `The model reads 64 tokens; this molecule has ${length}, and what follows was left out.`;
      const unknown = (token: string) => `The model does not know these tokens: ${token}.`;
      expect(
        answers.map(({ note }) => note),
        time,
      ).toEqual([
        cut(83),
        cut(83),
        unknown("[U]"),
        unknown("[Pu]"),
        "The largest fragment was classified; left out: [U]",
        `${cut(83)} ${unknown("[Xe]")}`,
        null,
      ]);
    }
  });

  it("of a model whose files are not on this host is MODEL_FILES_MISSING, which names host and folder", async () => {
    const folder = join(FIXTURES, "tiny-bert");
    await registerModel(service.store, {
      name: "elsewhere",
      folder,
      artifact: "models/elsewhere",
      target: "superclass",
    });
    const problem = {
      code: "MODEL_FILES_MISSING",
      details: { model: "elsewhere", host: hostname(), folder: "artifacts/models/elsewhere" },
    };
    expect(await refusal({ smiles: ["CCO"], model: "elsewhere" })).toMatchObject({ ...problem, param: "model" });
    const embed = `{ embed(smiles: ["CCO"], model: "elsewhere") { __typename } }`;
    expect(await service.refusal(embed)).toMatchObject(problem);
    await importLibrary(service, "few", [
      { smiles: "CCO", labels: { kind: "a" } },
      { smiles: "CCN", labels: { kind: "b" } },
    ]);
    const input = `{ dataset: "few", target: "kind", baseModel: "elsewhere", name: "x" }`;
    const order = `mutation { startFinetune(input: ${input}) { run { id } } }`;
    expect(await service.refusal(order)).toMatchObject({ ...problem, param: "baseModel" });
    const probe = `mutation { startProbe(input: ${input}) { run { id } } }`;
    expect(await service.refusal(probe)).toMatchObject({ ...problem, param: "baseModel" });
    const { id: member } = await service.store.prisma.model.findFirstOrThrow({ where: { name: "elsewhere" } });
    const members = { labels: ["a", "b"], task: "SINGLE_LABEL", composition: { kind: "ENSEMBLE", members: [member] } };
    const { composition: _none, ...columns } = await service.store.prisma.model.findUniqueOrThrow({
      where: { id: member },
    });
    const data = { ...columns, ...members, id: "of-missing", name: "of-missing", artifact: "ensembles/of-missing" };
    await service.store.prisma.model.create({ data });
    const predictAll = `mutation { startPrediction(input: { dataset: "few", model: "of-missing" }) { run { id } } }`;
    expect(await service.refusal(predictAll)).toMatchObject({ ...problem, param: "model" });
    await service.store.prisma.model.deleteMany({ where: { name: { in: ["elsewhere", "of-missing"] } } });
  });

  it("of stored answers needs no files of the model, and a model that is deleted meanwhile is NOT_FOUND", async () => {
    const { store, application } = service;
    const folder = join(FIXTURES, "tiny-bert");
    const { id } = await registerModel(store, {
      name: "moved",
      folder,
      artifact: "package:test/fixtures/tiny-bert",
      target: "superclass",
    });
    const [before] = await predict(["[U]"], { model: "moved" });
    expect(before.note).toContain("[U]");
    await application.predictions.forget();
    const tokenizer = vi.spyOn(application, "tokenizer").mockImplementation(async () => {
      throw new MaillardError("MODEL_FILES_MISSING", "They are not here.");
    });
    try {
      expect(await predict(["[U]"], { model: "moved" })).toEqual([{ ...before, note: null }]);
      tokenizer.mockImplementation(async () => {
        await store.prisma.model.delete({ where: { id } });
        throw new MaillardError("MODEL_FILES_MISSING", "They are not here.");
      });
      expect(await refusal({ smiles: ["[U]"], model: "moved" })).toMatchObject({ code: "NOT_FOUND", param: "model" });
    } finally {
      tokenizer.mockRestore();
      await store.prisma.model.deleteMany({ where: { id } });
    }
  });

  it("lists topK classes: three by default, 1 or more; above the number of classes all", async () => {
    const counts = async (topK?: number) => (await predict(["CCO"], { topK }))[0].labels.length;
    expect([await counts(), await counts(1), await counts(3), await counts(4)]).toEqual([3, 1, 3, 3]);
    for (const topK of [0, -1])
      expect(await refusal({ smiles: ["CCO"], topK })).toMatchObject({ code: "BAD_INPUT", param: "topK" });
  });

  it("refuses what it cannot answer, by code", async () => {
    expect(await refusal({ smiles: [] })).toMatchObject({ code: "EMPTY_INPUT", param: "smiles" });
    expect(await refusal({ smiles: Array(257).fill("C") })).toMatchObject({
      code: "TOO_MANY_ITEMS",
      param: "smiles",
      details: { maximum: 256, actual: 257 },
    });
    expect(await predict(Array(256).fill("C"))).toHaveLength(256);
    for (const model of ["nobody", "", 'classifier\'; DROP TABLE "Model"; --']) {
      expect(await refusal({ smiles: ["C"], model })).toMatchObject({
        code: "NOT_FOUND",
        param: "model",
        details: { existing: ["base", "classifier"] },
      });
    }
    expect(await refusal({ smiles: ["C"], model: "base" })).toMatchObject({
      code: "MODEL_HAS_NO_HEAD",
      param: "model",
    });
    expect(service.problems).toEqual([]);
  });
});
