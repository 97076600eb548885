/** What a training run is expected to take, and took: Run.estimate and Run.peakBytes. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { alkyls, importLibrary, startTestService, type TestService } from "../../support/api.js";
import { FakeCompute } from "../../support/fake-compute.js";

const FIELDS = "run { id kind estimate { bytes seconds } peakBytes }";
interface Told {
  id: string;
  kind: string;
  estimate: { bytes: number; seconds: number } | null;
  peakBytes: number | null;
}

let service: TestService;
beforeAll(async () => {
  service = await startTestService({ compute: new FakeCompute() });
  await importLibrary(service, "alkyls", alkyls(14));
});
afterAll(() => service?.close());

const started = async (field: string, input: string): Promise<Told> =>
  (await service.data<Record<string, { run: Told }>>(`mutation { ${field}(input: { ${input} }) { ${FIELDS} } }`))[field]
    .run;
const FINETUNE = `baseModel: "base", dataset: "alkyls", target: "superclass", recipe: PUBLISHED`;
const SHAPE = `dataset: "alkyls", layers: 1, width: 16, heads: 2, tokens: 1000`;

it("is said of a finetune and a pretraining with the order, and is null of other kinds", async () => {
  const finetune = await started("startFinetune", `name: "one", ${FINETUNE}, epochs: 1`);
  expect(finetune).toMatchObject({ kind: "FINETUNE", peakBytes: null });
  expect(finetune.estimate?.bytes).toBeGreaterThan(150e6);
  expect(finetune.estimate?.bytes).toBeLessThan(250e6);
  // Five of them before the first step and after the last.
  expect(finetune.estimate?.seconds).toBeGreaterThan(5);
  const longer = await started("startFinetune", `name: "longer", ${FINETUNE}, epochs: 500`);
  expect(longer.estimate?.bytes).toBe(finetune.estimate?.bytes);
  expect(longer.estimate?.seconds).toBeGreaterThan(finetune.estimate?.seconds as number);
  const pretraining = await started("startPretraining", `name: "made", ${SHAPE}`);
  expect(pretraining).toMatchObject({ kind: "PRETRAIN", peakBytes: null });
  expect(pretraining.estimate?.bytes).toBeGreaterThan(160e6);
  const probe = `name: "probe", baseModel: "base", dataset: "alkyls", target: "superclass"`;
  expect(await started("startProbe", probe)).toMatchObject({ kind: "PROBE", estimate: null, peakBytes: null });
});

it("is compared with the peak that was measured, as a whole number of bytes above 2^32 too", async () => {
  const { id } = await started("startFinetune", `name: "measured", ${FINETUNE}, epochs: 1`);
  const run = await service.store.prisma.run.findFirstOrThrow({ where: { name: "measured" } });
  await service.store.prisma.run.update({ where: { id: run.id }, data: { peakBytes: 5_000_000_000n } });
  const read = await service.data<{ run: Told }>(`query ($id: ID!) { ${FIELDS.replace("run", "run(id: $id)")} }`, {
    id,
  });
  expect(read.run.peakBytes).toBe(5_000_000_000);
  expect(read.run.estimate).toEqual({ bytes: Number(run.estimatedBytes), seconds: run.estimatedSeconds });
});
