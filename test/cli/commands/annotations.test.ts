/** --priority, --description and --tag of the commands that start a run; refused where they start none. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { alkyls, importLibrary, startTestService, type TestService } from "../../support/api.js";
import { maillard } from "../../support/command-line.js";
import { FakeCompute } from "../../support/fake-compute.js";

let service: TestService;
let url: string;
beforeAll(async () => {
  service = await startTestService({ compute: new FakeCompute() });
  url = `${service.url}/graphql`;
  await importLibrary(service, "alkyls", alkyls(14));
});
afterAll(() => service?.close());

const FLAGS = ["--priority", "7", "--description", "to see", "--tag", "one", "--tag", "two"];

it.each([
  ["EVALUATION", ["evaluate", "classifier", "--dataset", "alkyls", "--no-watch"]],
  ["PROJECTION", ["project", "--model", "base", "--dataset", "alkyls", "--background"]],
  ["PRETRAIN", ["pretrain", "--dataset", "alkyls", "--name", "made", "--layers", "1", "--width", "16", "--heads", "2"]],
  ["PREDICTION", ["predict", "--model", "classifier", "--dataset", "alkyls"]],
] as const)("are those of a run of the kind %s", async (kind, args) => {
  const { err } = await maillard(url, [...args, ...FLAGS]);
  const run = await service.store.prisma.run.findFirst({ where: { kind } });
  expect(run, err).toMatchObject({ priority: 7, description: "to see", tags: ["one", "two"] });
});

it.each([
  [["predict", "CCO", "--priority", "1"], "--priority is of a run, which only --dataset starts"],
  [["predict", "--run", "any", "--tag", "a"], "--tag is of a run, which only --dataset starts"],
  [["project", "--tag", "a"], "--tag is of a run, which only --background starts"],
  [["pretrain", "--corpus", "a", "--out", "b", "--description", "c"], "--description is of --dataset"],
  [["evaluate", "classifier", "--dataset", "alkyls", "--priority", "101"], "101"],
])("are refused by %j", async (args, text) => {
  const { exitCode, err } = await maillard(url, args);
  expect(exitCode).toBe(1);
  expect(err).toContain(text);
});
