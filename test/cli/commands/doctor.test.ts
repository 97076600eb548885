/** `maillard doctor`: a verdict for each part of the host, exit code 1 for a problem, and nothing is changed. */
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import type { Finding, Verdict } from "../../../src/service/doctor/finding.js";
import { maillard } from "../../support/command-line.js";
import { scratchFolder } from "../../support/compute.js";
import { createTestDatabase } from "../../support/database.js";

const doctor = (environment: Record<string, string>, ...args: string[]) =>
  maillard("http://127.0.0.1:1/graphql", ["doctor", ...args], environment);
const parsed = (out: string) => JSON.parse(out) as { verdict: Verdict; findings: Finding[] };

it("finds a host that can start, in every area, and changes nothing", async () => {
  const home = join(scratchFolder(), "home");
  const environment = { MAILLARD_HOME: home, PORT: "0" };
  const { exitCode, out, err } = await doctor(environment, "--json");
  const { verdict, findings } = parsed(out);
  expect(findings.filter((one) => one.verdict === "PROBLEM")).toEqual([]);
  expect([exitCode, err]).toEqual([0, ""]);
  expect(["OK", "WARNING"]).toContain(verdict);
  const areas = ["VERSIONS", "DEVICES", "LIBRARIES", "DATABASE", "DISK", "PORTS", "MEMORY", "PROCESSORS"];
  expect([...new Set(findings.map(({ area }) => area))]).toEqual(areas);
  const found = (name: string) => findings.find((one) => one.name === name)?.found;
  expect(found("onnxruntime-node")).toBe("1.30.0");
  expect(found("cpu")).toMatch(/product of matrices takes \d+\.\d ms/);
  expect(found("PostgreSQL")).toContain("a start creates it");
  expect(existsSync(home)).toBe(false);
});

it("names every problem with what to do, and ends with 1", async () => {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const { exitCode, out } = await doctor({
    MAILLARD_HOME: scratchFolder(),
    PORT: String(port),
    MAILLARD_THREADS: "many",
    DATABASE_URL: "postgresql://maillard:secret-word@127.0.0.1:1/maillard",
  });
  expect(exitCode).toBe(1);
  const lines = out.split("\n");
  expect(lines.at(-1)).toMatch(/^PROBLEM: \d+ looked at, \d+ WARNING, 3 PROBLEM$/);
  for (const [name, advice] of [
    ["MAILLARD_THREADS", "Correct MAILLARD_THREADS"],
    ["PostgreSQL", "DATABASE_URL"],
    ["PORT", `PORT=${port + 1}`],
  ]) {
    const at = lines.findIndex((line) => line.startsWith(`  PROBLEM  ${name} `));
    expect(lines[at + 1], name).toMatch(/^ +-> /);
    expect(lines[at + 1]).toContain(advice);
  }
  expect(out).not.toContain("secret-word");
});

it("looks at a server's database, and at the devices that are named", async () => {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const environment = { MAILLARD_HOME: scratchFolder(), PORT: "0", DATABASE_URL: database.url };
  // No machine has so many cards.
  const { exitCode, out } = await doctor({ ...environment, MAILLARD_DEVICES: "cpu,cuda:99" }, "--json");
  const { verdict, findings } = parsed(out);
  expect([exitCode, verdict]).toEqual([1, "PROBLEM"]);
  const of = (area: string) => findings.filter((one) => one.area === area).map((one) => [one.name, one.verdict]);
  expect(of("DATABASE")).toEqual([
    ["PostgreSQL", "OK"],
    ["migrations", "OK"],
  ]);
  expect(of("DEVICES").slice(0, 2)).toEqual([
    ["cpu", "OK"],
    ["cuda:99", "PROBLEM"],
  ]);
});
