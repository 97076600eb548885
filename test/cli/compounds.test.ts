/** `maillard compounds` against a real server: what each option finds, and what is refused before anything is sent. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { importLibrary, startTestService, type TestService } from "../support/api.js";
import { maillard } from "../support/command-line.js";

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
  await importLibrary(service, "kitchen", [
    { smiles: "COc1cc(C=O)ccc1O", name: "vanillin", labels: { flavor: "sweet", note: "a:b" } },
    { smiles: "CCOc1cc(C=O)ccc1O", name: "ethylvanillin", labels: { flavor: "sweet" } },
    { smiles: "CCO", name: "ethanol", labels: { flavor: "solvent" } },
    { smiles: "Cn1c(=O)c2c(ncn2C)n(C)c1=O", name: "caffeine" },
  ]);
  const rows = [{ line: 1, smiles: "CCO", labels: [{ set: "logP", value: "-0.3" }] }];
  await service.data("mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { dataset { size } } }", {
    input: { name: "kitchen", rows, labelKinds: [{ set: "logP", kind: "NUMBER" }] },
  });
});
afterAll(() => service.close());

const run = (...args: string[]) => maillard(`${service.url}/graphql`, ["compounds", ...args]);
const names = async (...args: string[]) =>
  (JSON.parse((await run(...args, "-d", "kitchen", "--json")).out) as { name: string }[]).map(({ name }) => name);

describe("maillard compounds", () => {
  it("finds by text, label, number, weight, pattern and order", async () => {
    expect(await names()).toEqual(["vanillin", "ethylvanillin", "ethanol", "caffeine"]);
    expect(await names("--text", "ethyl")).toEqual(["ethylvanillin"]);
    expect(await names("--label", "flavor=sweet", "--label", "note=a:b")).toEqual(["vanillin"]);
    expect(await names("--label", "logP=-1:0")).toEqual(["ethanol"]);
    expect(await names("--label", "logP=0:")).toEqual([]);
    expect(await names("--weight", "150:170")).toEqual(["vanillin", "ethylvanillin"]);
    expect(await names("--weight", ":100")).toEqual(["ethanol"]);
    expect(await names("--substructure", "[OX2H]c", "--order", "name")).toEqual(["ethylvanillin", "vanillin"]);
    expect(await names("--order", "weight-desc", "-n", "2")).toEqual(["caffeine", "ethylvanillin"]);
  });

  it("finds what is similar, with the similarity in the table and in JSON", async () => {
    const { out, exitCode } = await run("--similar-to", "COc1cc(C=O)ccc1O", "--threshold", ".6");
    expect(exitCode).toBe(0);
    // 21 of 32 bits in common: bench/reference/search.json.
    expect(
      out
        .split("\n")
        .slice(2)
        .map((line) => line.trim().split(/\s+/).slice(0, 3)),
    ).toEqual([
      ["1.000", "vanillin", "C8H8O3"],
      ["0.656", "ethylvanillin", "C9H10O3"],
    ]);
    const json = JSON.parse((await run("--similar-to", "CCO", "--json")).out) as { name: string; similarity: number }[];
    expect(json).toMatchObject([{ name: "ethanol", similarity: 1, formula: "C2H6O" }]);
    expect((await run("--count", "--similar-to", "COc1cc(C=O)ccc1O", "--threshold", ".6")).out).toBe("2");
  });

  it("refuses by code", async () => {
    expect(await run("--substructure", "c1cc")).toMatchObject({
      exitCode: 1,
      err: expect.stringMatching(/^INVALID_SMARTS {2}/),
    });
    expect(await run("--similar-to", "C1CC")).toMatchObject({
      exitCode: 1,
      err: expect.stringMatching(/^INVALID_SMILES/),
    });
    expect(await run("--threshold", ".5")).toMatchObject({ exitCode: 1, err: expect.stringMatching(/^USAGE/) });
    expect(await run("--similar-to", "CCO", "-m", "base")).toMatchObject({
      err: expect.stringMatching(/^EMBEDDINGS_REQUIRED/),
    });
    for (const wrong of [
      ["--weight", "1-2"],
      ["--weight", ":"],
      ["--label", "flavor"],
      ["--order", "taste"],
    ])
      expect((await run(...wrong)).exitCode, wrong.join(" ")).toBe(1);
  });
});
