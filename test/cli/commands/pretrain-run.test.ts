/** `maillard pretrain --dataset`: a run of the server, which computes nothing here, ordered and followed. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { alkyls, importLibrary, startTestService, type TestService } from "../../support/api.js";
import { maillard } from "../../support/command-line.js";
import { FakeCompute } from "../../support/fake-compute.js";

let service: TestService;
let url: string;
beforeAll(async () => {
  service = await startTestService({ compute: new FakeCompute(), models: { masked: "tiny-bert-masked" } });
  url = `${service.url}/graphql`;
  await importLibrary(service, "alkyls", alkyls(14));
});
afterAll(() => service?.close());

it("orders it with what was given, and follows it to its scores", async () => {
  const flags = ["--layers", "1", "--width", "16", "--heads", "2", "--tokens", "1000", "--eval-steps", "2"];
  const { exitCode, out, err } = await maillard(url, [
    ...["pretrain", "--dataset", "alkyls", "--name", "own", ...flags, "--warmup", "0.1", "--watch"],
  ]);
  expect(exitCode, err).toBe(0);
  expect(err).toMatch(/^epoch 2 {3}step 4 {3}training loss 0\.\d{3} {3}validation loss 0\.500 {3}accuracy 0\.500$/m);
  expect(out).toContain("3 molecules kept aside: masked accuracy 0.500, cross-entropy 0.750 nats");
  expect(err).toContain("npx maillard finetune --base own --dataset alkyls");
  const run = await service.store.prisma.run.findFirstOrThrow({ where: { name: "own" } });
  expect(run.input).toMatchObject({ layers: 1, width: 16, heads: 2, maxLength: 256, tokens: 1_000, warmupRatio: 0.1 });
  expect(run.input).toMatchObject({ batchSize: 32, seed: 42, evalSteps: 2, baseModel: null });
});

it("goes on from a model of the server", async () => {
  const { exitCode, out } = await maillard(url, [
    ...["pretrain", "--dataset", "alkyls", "--name", "further", "--base", "masked", "--json"],
  ]);
  expect(exitCode).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ name: "further", kind: "PRETRAIN", input: { baseModel: "masked" } });
});

it.each([
  [["--name", "a"], /--corpus <file> and --out <folder>, or --dataset <name> and --name <name>/],
  [["--dataset", "alkyls"], /--dataset needs --name/],
  [["--dataset", "alkyls", "--name", "a", "--corpus", "b"], /give one of the two/],
  [["--dataset", "alkyls", "--name", "a", "--threads", "2"], /--threads is of --corpus/],
  [["--corpus", "a", "--out", "b", "--eval-steps", "5"], /--eval-steps is of --dataset/],
  [["--corpus", "a", "--out", "b", "--name", "c"], /--name is of --dataset/],
  [["--dataset", "alkyls", "--name", "a", "--base", "masked", "--max-length", "9"], /leave --max-length out/],
])("refuses %j", async (flags, text) => {
  const { exitCode, err } = await maillard(url, ["pretrain", ...flags]);
  expect(exitCode).toBe(1);
  expect(err).toMatch(text);
});
