/** Devices: the syntax names what is allowed, a device that does not work says why, and the others serve. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkDevices, parseDevices } from "../../src/compute/devices.js";
import { installedRuntime } from "../../src/compute/gpu/cuda-files.js";
import { checkProvider } from "../../src/compute/inference/provider-check.js";
import { startComputePool } from "../../src/compute/pool.js";
import { MaillardError } from "../../src/errors.js";
import { FAKE_INFERENCE, fakeModel, fakePool, rejection, tokens } from "../support/compute.js";
import { fakeMachine } from "../support/machine/fake-gpu.js";

test("device names are read as written", () => {
  expect(parseDevices()).toEqual([{ id: "cpu", provider: "cpu", deviceId: undefined }]);
  expect(
    parseDevices("cpu, webgpu,cuda:0,cuda:11").map(({ id, provider, deviceId }) => [id, provider, deviceId]),
  ).toEqual([
    ["cpu", "cpu", undefined],
    ["webgpu", "webgpu", undefined],
    ["cuda:0", "cuda", 0],
    ["cuda:11", "cuda", 11],
  ]);
});

test.each(["", "gpu", "cuda", "cuda:", "cuda:-1", "cuda:01", "cpu:0", "cpu,", "cpu,cpu", "CPU"])(
  "%j is not a list of devices: INVALID_CONFIG names the syntax",
  async (devices) => {
    const error = await rejection(startComputePool({ devices, entry: { inference: FAKE_INFERENCE } }));
    expect(error).toBeInstanceOf(MaillardError);
    expect([error.code, error.param]).toEqual(["INVALID_CONFIG", "devices"]);
    expect(error.message).toContain('"cpu", "webgpu" or "cuda:N"');
  },
);

test("auto is a setting alone, not one of several devices, and not a device of an order", () => {
  expect(() => checkDevices("auto")).not.toThrow();
  for (const wrong of ["auto,cpu", "Auto"]) expect(() => checkDevices(wrong)).toThrow('"auto" alone');
  expect(() => parseDevices("auto")).toThrow('got "auto"');
});

test.each([{ tokenBudget: 0 }, { queueLimit: 1.5 }, { threads: -1 }, { maxModels: Number.NaN }])(
  "%j: INVALID_CONFIG names the option",
  async (options) => {
    const error = await rejection(startComputePool(options));
    expect([error.code, error.param]).toEqual(["INVALID_CONFIG", Object.keys(options)[0]]);
  },
);

test("a device that does not work is UNAVAILABLE with the runtime's reason, without paths; others serve", async () => {
  const printed = new Map<string, string>();
  const onOutput = (device: string, output: string) => void printed.set(device, output);
  const pool = await fakePool({ devices: "cuda:0,cpu,cuda:1,webgpu", onOutput });
  const [cuda, cpu, aborting, webgpu] = pool.devices();
  expect(cuda).toEqual({
    id: "cuda:0",
    provider: "cuda",
    state: "UNAVAILABLE",
    reason: "Failed to load libcudart.so.12",
  });
  expect(cpu).toEqual({ id: "cpu", provider: "cpu", state: "READY", reason: null });
  expect(webgpu).toEqual({ id: "webgpu", provider: "webgpu", state: "READY", reason: null });
  // A native abort of the runtime during the start is reported like any other reason.
  expect(aborting.state).toBe("UNAVAILABLE");
  expect(aborting.reason).toBe("its process ended at the start with signal SIGABRT");
  // What it printed is for the operator, not for the API.
  expect(printed.get("cuda:1")).toContain("probing cuda");

  const { model } = fakeModel();
  const [vector] = await pool.infer({ model, output: "CLS", tokenIds: [tokens(1, 2, 3)] });
  expect([...vector.slice(0, 3)]).toEqual([6, 1, 3]);
});

test("when none works the pool does not start: DEVICE_UNAVAILABLE names each reason", async () => {
  const error = await rejection(startComputePool({ devices: "cuda:0", entry: { inference: FAKE_INFERENCE } }));
  expect(error.code).toBe("DEVICE_UNAVAILABLE");
  expect(error.message).toContain("cuda:0: Failed to load libcudart.so.12");
});

test("a process that never answers its start is given up after startTimeoutMs", async () => {
  const entry = { inference: new URL("../support/processes/silent-process.mjs", import.meta.url) };
  const error = await rejection(startComputePool({ startTimeoutMs: 50, entry }));
  expect(error.message).toContain("cpu: no answer within 50 ms of its start");
});

test("the real check: the CPU computes, an unknown provider is refused by name", async () => {
  await expect(checkProvider("cpu", undefined)).resolves.toBeUndefined();
  await expect(checkProvider("abacus", undefined)).rejects.toThrow(/knows cpu, .*not abacus/);
});

test("the real check names the files of CUDA that are missing, in the folder of the package", async () => {
  const { machine } = fakeMachine();
  const error = await rejection(checkProvider("cuda", 99, machine));
  expect([error.code, error.param]).toEqual(["DEVICE_UNAVAILABLE", "devices"]);
  expect(error.message).toMatch(/In no folder of the loader: .*libcudart\.so\.13/);
  expect(error.message).toContain("The runtime says: ");
  const isThere = existsSync(join(installedRuntime(process).folder, "libonnxruntime_providers_cuda.so"));
  const folder = "onnxruntime-node/bin/napi-v6/linux/x64";
  if (process.platform === "linux" && process.arch === "x64" && !isThere)
    expect(error.message).toContain(`Missing in ${folder}: libonnxruntime_providers_cuda.so`);
});
