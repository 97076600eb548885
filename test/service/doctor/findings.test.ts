/** What `maillard doctor` says of each part, in good and bad states: a verdict, and what to do where it is not OK. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { MaillardError } from "../../../src/errors.js";
import { databaseFindings } from "../../../src/service/doctor/database.js";
import { deviceFindings } from "../../../src/service/doctor/devices.js";
import { type Finding, worst } from "../../../src/service/doctor/finding.js";
import { diskFinding, memoryFindings, processorFindings } from "../../../src/service/doctor/machine.js";
import { portFindings } from "../../../src/service/doctor/ports.js";
import { versionFindings } from "../../../src/service/doctor/versions.js";
import { scratchFolder } from "../../support/compute.js";
import { FAST, fakeMachine, fakeTrials, putVulkan } from "../../support/machine/fake-gpu.js";

const GIB = 2 ** 30;
const verdicts = (findings: readonly Finding[]) => Object.fromEntries(findings.map((one) => [one.name, one.verdict]));
const named = (findings: readonly Finding[], name: string) => findings.find((one) => one.name === name) as Finding;

it("has the verdict of its worst finding, and advice wherever something is to be done", async () => {
  const findings = await deviceFindings({ ...withNothing(), devices: "cuda:0" });
  expect(worst(findings)).toBe("PROBLEM");
  expect(worst([])).toBe("OK");
  for (const { verdict, advice } of findings) expect(advice === null).toBe(verdict === "OK");
});

describe("devices", () => {
  it("that are named and work are OK; the others are looked at, too", async () => {
    const { machine } = fakeMachine();
    const findings = await deviceFindings({ devices: "cpu", threads: 1, machine, trials: fakeTrials({ cpu: FAST }) });
    expect(new Set(findings.map(({ verdict }) => verdict))).toEqual(new Set(["OK"]));
    expect(named(findings, "cpu").found).toContain("0.5 ms");
    expect(named(findings, "cuda:0").found).toContain("not in MAILLARD_DEVICES; not usable.");
    expect(named(findings, "libcudart.so.13").found).toContain("only CUDA needs it");
  });

  it("that are named and fail are problems, with each file that is missing", async () => {
    const findings = await deviceFindings({ ...withNothing(), devices: "cuda:0,webgpu" });
    expect(verdicts(findings)).toMatchObject({
      "cuda:0": "PROBLEM",
      webgpu: "PROBLEM",
      cpu: "OK",
      "libonnxruntime_providers_cuda.so": "PROBLEM",
      "libcudart.so.13": "PROBLEM",
      "libcudnn.so.9": "WARNING",
      "libvulkan.so.1": "PROBLEM",
      "Vulkan drivers": "PROBLEM",
    });
    expect(named(findings, "cuda:0").found).toMatch(/libcudart\.so\.13.*The runtime says: no driver\./);
    expect(named(findings, "libcuda.so.1").advice).toContain("driver, 580");
  });

  it("of a software driver, and slower ones, are warnings when they are named", async () => {
    const software = fakeMachine();
    putVulkan(software, "libvk_swiftshader.so");
    const card = fakeMachine();
    putVulkan(card, "libGLX_nvidia.so.0");
    const slow = { ...FAST, deviceMs: 900 };
    for (const [{ machine }, result] of [[software, FAST] as const, [card, slow] as const]) {
      const trials = fakeTrials({ cpu: FAST, webgpu: result });
      const findings = await deviceFindings({ devices: "cpu,webgpu", threads: 1, machine, trials });
      expect(verdicts(findings)).toMatchObject({ cpu: "OK", webgpu: "WARNING", "libvulkan.so.1": "OK" });
    }
  });

  it("under auto are what it would choose", async () => {
    const made = fakeMachine();
    putVulkan(made, "libGLX_nvidia.so.0");
    const of = async (machine: typeof made.machine, webgpu: typeof FAST) =>
      named(
        await deviceFindings({ devices: "auto", threads: 1, machine, trials: fakeTrials({ cpu: FAST, webgpu }) }),
        "auto",
      ).found;
    expect(await of(made.machine, FAST)).toContain("chooses webgpu");
    expect(await of(made.machine, { ...FAST, difference: 1 })).toContain("chooses cpu");
  });
});

const withNothing = () => ({
  threads: 1,
  machine: fakeMachine().machine,
  trials: fakeTrials({ cpu: FAST, "cuda:0": new Error("no driver"), webgpu: new Error("no adapter") }),
});

describe("the database", () => {
  const state = { mode: "EMBEDDED", state: "RUNNING", version: "18.4" } as const;

  it("says which one, and how many migrations a start applies", async () => {
    const migrations = { applied: 30, missing: ["a", "b"] };
    const findings = await databaseFindings(async () => ({ ...state, migrations }));
    expect(verdicts(findings)).toEqual({ PostgreSQL: "OK", migrations: "OK" });
    expect(named(findings, "migrations").found).toBe("30 applied, 2 missing, which a start applies");
    const absent = await databaseFindings(async () => ({ ...state, state: "ABSENT", migrations: null }));
    expect(named(absent, "PostgreSQL").found).toContain("a start creates it");
  });

  it("that cannot be used is a problem, with the reason", async () => {
    const findings = await databaseFindings(() => Promise.reject(new MaillardError("STARTUP", "it is of 1999")));
    expect(findings).toMatchObject([{ name: "PostgreSQL", verdict: "PROBLEM", found: "it is of 1999" }]);
    expect(findings[0].advice).toContain("DATABASE_URL");
  });
});

describe("the disk", () => {
  it.each([
    [10 * GIB, "OK", "10.0 GiB free"],
    [3 * GIB, "WARNING", "3.0 GiB free"],
    [GIB / 2, "PROBLEM", "0.5 GiB free"],
  ])("with %i bytes free is %s", async (bytes, verdict, found) => {
    const home = join(scratchFolder(), "not", "yet");
    expect(await diskFinding(home, async () => bytes)).toMatchObject({
      ...{ name: home, verdict },
      found: `${found}; a start makes the folder`,
    });
  });

  it("is asked itself, and a file is no folder", async () => {
    expect((await diskFinding(scratchFolder())).found).toMatch(/^\d+\.\d GiB free$/);
    expect(await diskFinding(import.meta.filename)).toMatchObject({
      verdict: "PROBLEM",
      found: expect.stringContaining("is not a folder"),
    });
  });
});

describe("ports", () => {
  it("are free, taken by another program, or taken by the server of the folder", async () => {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const of = async (own: string | null, worker?: number) =>
      portFindings({ host: "127.0.0.1", port, workerPort: worker, ownServer: own });
    expect(await of(null, 0)).toMatchObject([
      { name: "PORT", verdict: "PROBLEM", advice: expect.stringContaining(`PORT=${port + 1}`) },
      { name: "MAILLARD_WORKER_PORT", verdict: "OK" },
    ]);
    expect(await of(`http://127.0.0.1:${port}/graphql`)).toMatchObject([{ verdict: "OK" }]);
    expect(await of(`http://127.0.0.1:${port + 1}/graphql`)).toMatchObject([{ verdict: "PROBLEM" }]);
    server.close();
    expect(await of(null)).toMatchObject([{ verdict: "OK", found: `${port} of 127.0.0.1 is free` }]);
    // It was closed again after it had been tried.
    expect(await of(null)).toMatchObject([{ verdict: "OK" }]);
  });

  it("of an address that is not this machine's cannot be opened", async () => {
    const [finding] = await portFindings({ host: "192.0.2.1", port: 4000, workerPort: undefined, ownServer: null });
    expect(finding).toMatchObject({ verdict: "PROBLEM", found: expect.stringContaining("EADDRNOTAVAIL") });
  });
});

describe("memory and processors", () => {
  it.each([
    [{ total: 8 * GIB, available: 4 * GIB }, 6 * GIB, ["OK", "OK"]],
    [{ total: 8 * GIB, available: GIB / 2 }, 9 * GIB, ["WARNING", "WARNING"]],
    [{ total: GIB / 2, available: GIB / 4 }, GIB / 4, ["PROBLEM", "OK"]],
  ])("%o with %i for training runs: %o", (here, memory, expected) => {
    expect(memoryFindings({ memory }, here).map(({ verdict }) => verdict)).toEqual(expected);
    expect(memoryFindings({ memory })).toHaveLength(2);
  });

  it("more threads than processors are a warning", () => {
    const here = { processors: 4, model: "EPYC" };
    expect(verdicts(processorFindings({ threads: 4 }, here))).toMatchObject({ MAILLARD_THREADS: "OK" });
    expect(verdicts(processorFindings({ threads: 5 }, here))).toMatchObject({ MAILLARD_THREADS: "WARNING" });
  });
});

describe("versions", () => {
  it.each([
    ["20.19.0", "OK"],
    ["22.1.0", "OK"],
    ["20.18.3", "PROBLEM"],
    ["18.20.0", "PROBLEM"],
  ])("Node %s is %s", (node, verdict) => {
    expect(named(versionFindings(node), "Node")).toMatchObject({ found: node, verdict });
  });

  it("a runtime without a build for the system is a problem", () => {
    const without = versionFindings("20.19.0", { version: "1.30.0", isPresent: false });
    expect(verdicts(without)).toMatchObject({ "onnxruntime-node": "PROBLEM" });
    expect(named(versionFindings(), "onnxruntime-node")).toMatchObject({ verdict: "OK", found: "1.30.0" });
  });
});
