/** Probes, ensembles, seeds and folds on the command line: exit codes, and the table of mean and deviation. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renderGroup } from "../../src/cli/follow/watch-group.js";
import { runCommandLine } from "../../src/cli/program.js";
import { alkyls, importLibrary, startTestService, type TestService } from "../support/api.js";
import { type Finished, keptTerminal, maillard } from "../support/command-line.js";

type Group = Parameters<typeof renderGroup>[0];

let service: TestService;
let url: string;
beforeAll(async () => {
  service = await startTestService();
  url = `${service.url}/graphql`;
  await importLibrary(service, "sample", alkyls(15));
});
afterAll(() => service?.close());

const SPLIT = ["--target", "superclass", "--split", "stratified", "--fractions", "0.6,0.2,0.2"];
const TRAINING = ["--recipe", "published", "--learning-rate", "5e-3", "--batch-size", "9", "--dropout", "0"];
const FINETUNE = ["finetune", ...SPLIT, ...TRAINING];

/** Of the line of one score in the table of a group. */
const rowOf = ({ out }: Finished, name: string) => {
  const [, mean, deviation, count, each] =
    new RegExp(`^${name} +(\\S+) +(\\S+) +(\\d+) +(.+)$`, "m").exec(out) ?? ([] as string[]);
  return { mean, deviation, count: Number(count), each: each?.trim().split(" ").map(Number) };
};
/** Accuracies on the test part of the runs name-1, name-2, … as the API has them. */
async function accuracies(name: string, count: number): Promise<number[]> {
  const { runs } = await service.data<{
    runs: { edges: { node: { name: string; evaluation: { accuracy: number } | null } }[] };
  }>("{ runs(first: 100) { edges { node { name evaluation(split: TEST) { accuracy } } } } }");
  const byName = new Map(runs.edges.map(({ node }) => [node.name, node.evaluation?.accuracy]));
  return Array.from({ length: count }, (_, index) => byName.get(`${name}-${index + 1}`) as number);
}
function expectSpread(answer: Finished, values: readonly number[]): void {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
  expect(rowOf(answer, "accuracy")).toEqual({
    mean: mean.toFixed(3),
    deviation: deviation.toFixed(3),
    count: values.length,
    each: values.map((value) => Number(value.toFixed(3))),
  });
}

describe("maillard probe and ensemble", () => {
  it("--watch ends with 0, the scores of the probe and the next command", async () => {
    for (const [name, c] of [
      ["strict", "0.01"],
      ["loose", "0.1,10"],
    ]) {
      const args = ["probe", ...SPLIT, "--pooling", "mean", "-C", c, "--name", name, "--watch"];
      const { exitCode, out, err } = await maillard(url, args);
      expect(exitCode).toBe(0);
      expect(out).toMatch(new RegExp(`^${name} {2}SUCCEEDED in .* sample\\.superclass, from base$`, "m"));
      expect(out).toContain("STRATIFIED split: 27 molecules to train on, 9 to validate, 9 to test");
      const { runs } = await service.data<{ runs: { edges: { node: { evaluation: { accuracy: number } } }[] } }>(
        "{ runs(first: 1) { edges { node { evaluation(split: TEST) { accuracy } } } } }",
      );
      const [, shown] = new RegExp(`^${name} +(\\d\\.\\d{3}) +\\d\\.\\d{3}$`, "m").exec(out) ?? [];
      expect(shown).toBe(runs.edges[0].node.evaluation.accuracy.toFixed(3));
      expect(err).toContain(`--model ${name}`);
    }
  });

  it("starts one probe for one idempotency key, without a name too", async () => {
    const args = ["probe", ...SPLIT, "--idempotency-key", "monday", "--json"];
    const [first, second] = [await maillard(url, args), await maillard(url, args)];
    expect([first.exitCode, second.exitCode], second.err).toEqual([0, 0]);
    expect(JSON.parse(second.out)).toMatchObject({ id: JSON.parse(first.out).id, name: JSON.parse(first.out).name });
  });

  it("refuses an unknown target, with 1 and its code", async () => {
    const { exitCode, err } = await maillard(url, ["probe", "--target", "taste", "--watch"]);
    expect({ exitCode, code: /^UNKNOWN_TARGET /m.test(err) }).toEqual({ exitCode: 1, code: true });
  });

  it("makes two probes one model; of other labels it is refused with 1", async () => {
    const made = await maillard(url, ["ensemble", "together", "strict", "loose"]);
    expect(made).toMatchObject({ exitCode: 0, out: "together  SINGLE_LABEL of strict, loose" });
    expect(made.err).toContain("--model together");
    const answer = await maillard(url, ["predict", "CCCCCO", "--model", "together"]);
    expect(answer.exitCode).toBe(0);
    const json = await maillard(url, ["ensemble", "together", "loose", "strict", "--json"]);
    expect(JSON.parse(json.out)).toMatchObject({ name: "together", members: [{ name: "strict" }, { name: "loose" }] });
    const probe = ["probe", ...SPLIT, "--features", "fingerprint", "--name", "bits", "--watch"];
    expect((await maillard(url, probe)).out).toMatch(/^bits {2}SUCCEEDED in /m);
    const leaning = await maillard(url, ["ensemble", "leaning", "strict", "bits", "--weights", "3,1"]);
    expect(leaning).toMatchObject({ exitCode: 0, out: "leaning  SINGLE_LABEL of 0.75 strict, 0.25 bits" });
    const { out: models } = await maillard(url, ["models"]);
    expect(models).toMatch(/^bits +morgan +SINGLE_LABEL .* 2048 bits +float32 +[\d,]+ +– /m);
    expect((await maillard(url, ["ensemble", "leaning-2", "strict", "bits", "--weights", "3,0"])).exitCode).toBe(1);
    const refused = await maillard(url, ["ensemble", "apart", "strict", "classifier"]);
    expect({ ...refused, err: refused.err.split(" ")[0] }).toEqual({ exitCode: 1, out: "", err: "INVALID_CONFIG" });
  });
});

describe("maillard finetune with seeds or folds", () => {
  it("--seeds --ensemble --watch ends with mean, deviation and ensemble; watch takes a group", async () => {
    const args = [...FINETUNE, "--seeds", "1,2", "--ensemble", "--epochs", "2", "--name", "seeded", "--watch"];
    const answer = await maillard(url, args);
    expect(answer.exitCode).toBe(0);
    expect(answer.out).toMatch(/^seeded {2}SUCCEEDED {2}2 runs$/m);
    expectSpread(answer, await accuracies("seeded", 2));
    expect(answer.out).toContain("The ensemble seeded is ready.");
    expect(answer.err).toContain("--model seeded");
    expect(answer.err.match(/^epoch 2 /gm)).toHaveLength(2);

    const again = await maillard(url, ["watch", "seeded"]);
    expect([again.exitCode, again.out]).toEqual([0, answer.out]);
    const json = await maillard(url, ["watch", "seeded", "--json"]);
    const group = JSON.parse(json.out) as Group;
    expect(group).toMatchObject({ name: "seeded", status: "SUCCEEDED", model: { name: "seeded" } });
    expect((await maillard(url, ["watch", group.id])).out).toBe(answer.out);
    expect(renderGroup({ ...group, model: { id: "other", name: "seeded-1a2b3c4d" } }).at(-1)).toBe(
      "The ensemble seeded-1a2b3c4d is ready, called so because there was a model seeded already.",
    );
    // A run of a name goes before a group of it.
    expect((await maillard(url, ["watch", "seeded-2"])).out).toMatch(/^seeded-2 {2}SUCCEEDED in /);
    const missing = await maillard(url, ["watch", "nobody"]);
    expect({ exitCode: missing.exitCode, err: missing.err.split(".")[0] }).toEqual({
      exitCode: 1,
      err: 'NOT_FOUND  There is no run or group "nobody"',
    });
  });

  it("--folds 3 starts three runs, each tested on a third, and prints the command for their table", async () => {
    const started = await maillard(url, [...FINETUNE, "--folds", "3", "--epochs", "1", "--name", "folded"]);
    expect(started.exitCode).toBe(0);
    expect(started.out.split("\n").map((line) => line.split("  ")[0])).toEqual(["folded-1", "folded-2", "folded-3"]);
    expect(started.err).toContain("npx maillard watch folded");
    const answer = await maillard(url, ["watch", "folded"]);
    expect(answer.exitCode).toBe(0);
    expect(answer.out).not.toContain("ensemble");
    expectSpread(answer, await accuracies("folded", 3));
  });

  it("Ctrl-C leaves the runs going and names the group; cancelled, it ends with 1 and names them", async () => {
    const terminal = keptTerminal({ MAILLARD_URL: url });
    const watching = runCommandLine(
      [...FINETUNE, "--seeds", "1,2", "--epochs", "1000", "--name", "long", "-w"],
      terminal,
    );
    while (!terminal.beside.some((line) => line.startsWith("epoch 1 "))) await new Promise((r) => setTimeout(r, 20));
    terminal.interrupt();
    expect(await watching).toBe(130);
    expect(terminal.beside.at(-1)).toBe(
      "The runs of long go on without this terminal. Come back with: npx maillard watch long",
    );
    const back = maillard(url, ["watch", "long"]);
    const cancelled = await maillard(url, ["cancel", "long"]);
    expect(cancelled.exitCode).toBe(0);
    expect(cancelled.out).toMatch(/^long-1.*\nlong-2: CANCELLED$/);
    const { exitCode, out } = await back;
    expect(exitCode).toBe(1);
    expect(out).toMatch(/^long {2}CANCELLED {2}2 runs\nlong-1 {2}CANCELLED\nlong-2 {2}CANCELLED$/m);
    expect((await maillard(url, ["cancel", "long"])).out).toBe("long: no run is left to cancel.");
  });

  it.each([
    [["--ensemble"], "USAGE"],
    [["--seeds", "1,1"], "INVALID_CONFIG"],
    [["--folds", "3", "--seeds", "1,2"], "INVALID_CONFIG"],
    [["--folds", "2"], "error: option '--folds <n>'"],
  ])("%j ends with 1 and %s", async (more, text) => {
    const { exitCode, err } = await maillard(url, [...FINETUNE, ...more]);
    expect({ exitCode, begins: err.slice(0, text.length) }).toEqual({ exitCode: 1, begins: text });
  });
});
