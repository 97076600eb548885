/**
 * `maillard runs events`: the log of a run as a table, as JSON and as it comes; what `maillard watch` says of it; and
 * what is said before a run starts.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { note } from "../../../src/runs/queue/events.js";
import { alkyls, importLibrary, startTestService, type TestService } from "../../support/api.js";
import { maillard } from "../../support/command-line.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { gate } from "../../support/run-fixtures.js";

const compute = new FakeCompute();
let service: TestService;
let url: string;
beforeAll(async () => {
  service = await startTestService({ compute });
  url = `${service.url}/graphql`;
  await importLibrary(service, "alkyls", alkyls(14));
});
afterAll(() => service?.close());
afterEach(() => {
  compute.beforeStep = () => undefined;
});

const FINETUNE = ["finetune", "-d", "alkyls", "-t", "superclass", "--recipe", "published", "--epochs", "1"];
const start = (name: string, ...flags: string[]) => maillard(url, [...FINETUNE, "--name", name, ...flags]);

/** A run that stays at its first step until it is let go on. */
async function held(name: string): Promise<{ id: string; goOn(): void }> {
  const [reached, opened] = [gate(), gate()];
  compute.beforeStep = async (step) => {
    if (step !== 1) return;
    reached.open();
    await opened.opened;
  };
  expect((await start(name)).exitCode).toBe(0);
  await reached.opened;
  const { id } = await service.store.prisma.run.findFirstOrThrow({ where: { name } });
  return { id, goOn: opened.open };
}
const WARNING = { kind: "WARNING", message: "Something is odd.", data: { code: "ODD" } } as const;
const WAITS = { kind: "WAITS_FOR_MEMORY", message: "It needs more." } as const;

describe("maillard runs events", () => {
  it("is the log of a run in its order, all of it or from a level on", async () => {
    expect((await start("told", "--watch")).exitCode).toBe(0);
    const { id } = await service.store.prisma.run.findFirstOrThrow({ where: { name: "told" } });
    await note(service.store.pool, [id], WARNING);
    const { exitCode, out } = await maillard(url, ["runs", "events", "told"]);
    expect(exitCode).toBe(0);
    const [head, , ...lines] = out.split("\n");
    expect(head).toMatch(/^ *# +at +level +event +attempt +message/);
    const kinds = ["ORDERED", "CLAIMED", "STARTED", "SUCCEEDED"];
    const shown = lines.map((line) => /(INFO|WARNING|ERROR) +([A-Z_]+) +\d/.exec(line)?.[2]);
    expect(shown.filter((kind) => kinds.includes(kind as string))).toEqual(kinds);
    expect(lines.at(-1)).toMatch(/ WARNING +WARNING +1 +Something is odd\.$/);
    const json = JSON.parse((await maillard(url, ["runs", "events", "told", "--level", "WARNING", "--json"])).out);
    expect(json.at(-1)).toMatchObject({ sequence: lines.length, kind: "WARNING", level: "WARNING", attempt: 1 });
    expect(json.every(({ level }: { level: string }) => level === "WARNING")).toBe(true);
  });

  it("with --follow goes on to the end of the run, a line of JSON for each", async () => {
    const { id, goOn } = await held("followed");
    const following = maillard(url, ["runs", "events", "followed", "--follow", "--json"]);
    await note(service.store.pool, [id], WARNING);
    goOn();
    const { exitCode, out } = await following;
    expect(exitCode).toBe(0);
    const events = out.split("\n").map((line) => JSON.parse(line) as { sequence: number; kind: string });
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, at) => at + 1));
    expect(events.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["ORDERED", "WARNING", "SUCCEEDED"]));
    expect(events.at(-1)?.kind).toBe("SUCCEEDED");
  });

  it("of a run that is not there is NOT_FOUND, and of a level that is none refused", async () => {
    const missing = await maillard(url, ["runs", "events", "nobody"]);
    expect([missing.exitCode, missing.err]).toEqual([1, expect.stringContaining("NOT_FOUND")]);
    expect((await maillard(url, ["runs", "events", "told", "--level", "LOUD"])).exitCode).toBe(1);
  });
});

it("maillard watch says warnings and what the run waits for as they happen, and no other events", async () => {
  const { id, goOn } = await held("watched");
  const watching = maillard(url, ["watch", "watched"]);
  await note(service.store.pool, [id], WAITS);
  await note(service.store.pool, [id], WARNING);
  goOn();
  const { exitCode, err } = await watching;
  expect(exitCode).toBe(0);
  expect(err.match(/^It needs more\.$/gm)).toHaveLength(1);
  expect(err.match(/^warning: Something is odd\.$/gm)).toHaveLength(1);
  expect(err).not.toMatch(/Asked for as|CLAIMED/);
});

describe("what a training is expected to take is said when it is ordered", () => {
  const EXPECTED = /^about 1\d\d\.\d MB of memory and \d+\.\d s$/m;

  it("of a finetune, of each of several, and of a pretraining", async () => {
    expect((await start("estimated")).err).toMatch(EXPECTED);
    const several = await start("several", "--seeds", "1,2");
    expect(several.err).toMatch(/^about 1\d\d.* of memory and \d+\.\d s for each of 2 runs$/m);
    const shape = ["--layers", "1", "--width", "16", "--heads", "2", "--tokens", "1000"];
    const pretraining = await maillard(url, ["pretrain", "--dataset", "alkyls", "--name", "made", ...shape]);
    expect(pretraining.err).toMatch(EXPECTED);
  });
});
