/**
 * `maillard demo`: all its steps in a short variant against a running server, and a server of its own when there is
 * none.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommandLine } from "../../src/cli/program.js";
import { neighbourAgreement } from "../../src/cli/reports/neighbour-agreement.js";
import { alkyls, importLibrary, startTestService, type TestService } from "../support/api.js";
import { keptTerminal, maillard } from "../support/command-line.js";
import { createTestDatabase } from "../support/database.js";

let service: TestService;
let folder: string;

beforeAll(async () => {
  service = await startTestService();
  await importLibrary(service, "sample", alkyls(20));
  folder = await mkdtemp(join(tmpdir(), "maillard-demo-"));
});
afterAll(async () => {
  await service?.close();
  await rm(folder, { recursive: true, force: true });
});

describe("demo", () => {
  it("prints its steps with real numbers and draws its three figures", async () => {
    const { exitCode, out, err } = await maillard(`${service.url}/graphql`, ["demo", "-o", folder, "--epochs", "3"]);
    expect({ exitCode, err: /^\w+_\w+ /m.test(err) }).toEqual({ exitCode: 0, err: false });
    expect(out).toContain("answers and is used");
    expect(out).toContain("60 molecules, 3 values of superclass; most frequent:");
    expect(out).toMatch(/mutation startFinetune\(input: \{name: "demo-superclass-[0-9a-f]{6}", baseModel: "base"/);
    expect(err.match(/^epoch \d/gm)).toHaveLength(3);
    const test = /STRATIFIED split: 42 molecules to train on, 6 to validate, 12 to test/;
    expect(out).toMatch(test);
    expect(out).toMatch(
      /12 molecules, PC 1 and PC 2 explain \d+\.\d % and \d+\.\d % of the variance -> .*pca-after\.svg/,
    );
    const [before, curves, after] = await Promise.all(
      ["pca-before", "curves", "pca-after"].map((name) => readFile(join(folder, `${name}.svg`), "utf8")),
    );
    expect(before).toContain("PCA of 60 molecules");
    expect(after).toContain("PCA of 12 molecules (test); axes fitted on training");
    const [, accuracy] = /^ {3}demo-superclass-\w+ +(\d\.\d{3}) +\d\.\d{3}$/m.exec(out) ?? [];
    expect(curves).toContain(`Test, 12 molecules: accuracy ${accuracy}`);
  });

  it("Ctrl-C cancels the run that it started and ends with 130", async () => {
    const terminal = keptTerminal({ MAILLARD_URL: `${service.url}/graphql` });
    const telling = runCommandLine(["demo", "-o", folder, "--epochs", "1000"], terminal);
    while (!terminal.beside.some((line) => line.startsWith("epoch 1 "))) await new Promise((r) => setTimeout(r, 20));
    terminal.interrupt();
    expect(await telling).toBe(130);
    const newest = "{ runs(first: 1) { edges { node { name status } } } }";
    let run = { name: "", status: "" };
    while (run.status !== "CANCELLED") {
      const { runs } = await service.data<{ runs: { edges: { node: typeof run }[] } }>(newest);
      run = runs.edges[0].node;
    }
    expect(terminal.beside.at(-1)).toBe(`${run.name} was cancelled.`);
  });

  it("starts a server of its own when none answers, over MAILLARD_HOME, and closes it", async () => {
    const database = await createTestDatabase();
    const environment = { MAILLARD_HOME: join(folder, "home"), DATABASE_URL: database.url };
    const nowhere = "http://127.0.0.1:9/graphql";
    const { exitCode, out, err } = await maillard(nowhere, ["demo", "-o", folder, "--target", "taste"], environment);
    await database.drop();
    expect(out).toContain(`No server answers at ${nowhere}: one is started here and closed at the end.`);
    expect(out).toMatch(/^Ready after .*, data in .*home$/m);
    expect(exitCode).toBe(1);
    expect(err).toMatch(/^NOT_FOUND .*label set "taste"/m);
  });

  it("counts nearest neighbours of the same class", () => {
    const at = (label: string | null, ...coordinates: number[]) => ({ label, coordinates });
    const points = [at("a", 0, 0), at("a", 1, 0), at("b", 5, 0), at("a", 5, 1), at(null, 0, 0.1)];
    expect(neighbourAgreement(points)).toBe(2 / 4);
  });

  it("finds the same neighbours as a search of all pairs, on a grid with many equal distances", () => {
    const points = Array.from({ length: 300 }, (_, n) => ({
      label: "abc"[(n * n) % 3],
      coordinates: [(n * 7) % 11, (n * 5) % 13],
    }));
    const agreeing = points.filter(({ label, coordinates: [x, y] }, i) => {
      const squares = points.map(({ coordinates }, j) =>
        j === i ? Infinity : (coordinates[0] - x) ** 2 + (coordinates[1] - y) ** 2,
      );
      return points[squares.indexOf(Math.min(...squares))].label === label;
    });
    expect(neighbourAgreement(points)).toBe(agreeing.length / points.length);
    expect(agreeing.length).not.toBe(points.length);
  });
});
