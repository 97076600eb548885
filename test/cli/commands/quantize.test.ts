/** `maillard model quantize`: the model that it makes, and with --dataset both on the same molecules. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { alkyls, importLibrary, startTestService, type TestService } from "../../support/api.js";
import { maillard } from "../../support/command-line.js";

let service: TestService;
let url: string;
beforeAll(async () => {
  service = await startTestService();
  url = `${service.url}/graphql`;
  await importLibrary(service, "known", alkyls(6));
});
afterAll(() => service?.close());

it("makes a model, and says its precision in the list of models", async () => {
  const { exitCode, out } = await maillard(url, ["model", "quantize", "base"]);
  expect({ exitCode, out }).toEqual({ exitCode: 0, out: "base-int8  INT8 of base" });
  const list = await maillard(url, ["models"]);
  expect(list.out).toMatch(/^base +bert .* float32 /m);
  expect(list.out).toMatch(/^base-int8 +bert .* int8 .* base /m);
});

it("--dataset scores both on the same molecules and compares them", async () => {
  const args = ["model", "quantize", "classifier", "--name", "fast", "--dataset", "known"];
  const { exitCode, out } = await maillard(url, args);
  expect(exitCode).toBe(0);
  expect(out).toMatch(/^fast {2}INT8 of classifier$/m);
  expect(out).toMatch(/^test, \d+ molecules of both +classifier +fast +difference/m);
  expect(out).toMatch(/^accuracy +0\.\d+ +0\.\d+ /m);
  const { runs } = await service.data<{ runs: { edges: { node: object }[] } }>(
    "{ runs(first: 5) { edges { node { kind status baseModel { name } } } } }",
  );
  expect(runs.edges.map(({ node }) => node)).toEqual(
    ["fast", "classifier"].map((name) => ({ kind: "EVALUATION", status: "SUCCEEDED", baseModel: { name } })),
  );
  const answer = await maillard(url, [...args, "--json"]);
  const { model, comparison } = JSON.parse(answer.out);
  expect(model).toMatchObject({ name: "fast", precision: "INT8", baseModel: { name: "classifier" } });
  expect(comparison.count).toBeGreaterThan(10);
  expect(comparison.scores.map(({ name }: { name: string }) => name)).toContain("accuracy");
});

it("ends with 1 and the reason where the dataset has no labels of the model", async () => {
  const { exitCode, err } = await maillard(url, ["model", "quantize", "classifier", "-n", "more", "-d", "nowhere"]);
  expect(exitCode).toBe(1);
  expect(err).toContain("NOT_FOUND");
});
