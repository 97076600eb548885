/** MAILLARD_DEVICES=auto: a GPU that gives the processor's numbers faster, else the processor, each with its reason. */
import { pathToFileURL } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { chooseDevice, consider } from "../../../src/compute/gpu/choose.js";
import { Trials } from "../../../src/compute/gpu/trial.js";
import { softwareOnly, vulkanProblem } from "../../../src/compute/gpu/vulkan.js";
import { processScript } from "../../support/child.js";
import { FAKE_INFERENCE, fakePool, rejection } from "../../support/compute.js";
import { FAST, type FakeMachine, fakeMachine, fakeTrials, putVulkan } from "../../support/machine/fake-gpu.js";

const WEBGPU = { id: "webgpu", provider: "webgpu" as const, deviceId: undefined };
const CPU = { id: "cpu", provider: "cpu" as const, deviceId: undefined };

/** A machine with a graphics card, as far as Vulkan knows. */
function withCard(): FakeMachine {
  const made = fakeMachine();
  putVulkan(made, "libGLX_nvidia.so.0");
  return made;
}

describe("auto", () => {
  it("takes WebGPU where CUDA's files are missing, and keeps both reasons", async () => {
    const trials = fakeTrials({ webgpu: FAST });
    const chosen = await chooseDevice({ trials, threads: 2, machine: withCard().machine });
    expect(chosen).toMatchObject({ id: "webgpu", provider: "webgpu", deviceId: undefined });
    expect(chosen.choice).toMatch(/difference 3\.0e-7.*0\.5 ms, on the processor 12\.0 ms/);
    expect(chosen.choice).toContain(
      "cuda:0: Missing in onnxruntime-node/bin/napi-v6/linux/x64: libonnxruntime_providers_cuda.so, ",
    );
    expect(trials.tried).toEqual(["webgpu"]);
  });

  it.each([
    ["computes other numbers", { ...FAST, difference: 0.02 }, "WRONG", /difference 2\.0e-2/],
    ["computes numbers that are not finite", { ...FAST, difference: Number.POSITIVE_INFINITY }, "WRONG", /Infinity/],
    ["is not faster", { ...FAST, deviceMs: 12 }, "SLOW", /12\.0 ms, on the processor 12\.0 ms/],
    ["fails", new Error("no adapter (/usr/lib/x)"), "BROKEN", /no adapter/],
  ])("takes the processor when the GPU %s", async (_what, result, fitness, reason) => {
    const { machine } = withCard();
    const consideration = { trials: fakeTrials({ webgpu: result }), threads: 2, machine };
    expect(await consider(WEBGPU, consideration)).toMatchObject({ fitness, reason: expect.stringMatching(reason) });
    const chosen = await chooseDevice(consideration);
    expect(chosen).toMatchObject({ ...CPU, choice: expect.stringMatching(/^No GPU is used\. cuda:0: .*webgpu: /) });
    expect(chosen.choice).toMatch(reason);
  });

  it("does not even try a driver that computes on the processor", async () => {
    for (const library of ["libvk_swiftshader.so", "libvulkan_lvp.so"]) {
      const made = fakeMachine();
      putVulkan(made, library);
      const trials = fakeTrials({});
      const chosen = await chooseDevice({ trials, threads: 2, machine: made.machine });
      expect(chosen.id).toBe("cpu");
      expect(chosen.choice).toContain(`webgpu: It computes on the processor (${library}).`);
      expect(trials.tried).toEqual([]);
      // Named by the operator, it is tried, and said to be what it is.
      const named = { trials: fakeTrials({ webgpu: FAST }), threads: 2, machine: made.machine, evenSo: true };
      expect((await consider(WEBGPU, named)).fitness).toBe("SOFTWARE");
    }
  });

  it("tries a card beside a software driver", () => {
    const made = withCard();
    made.put("/usr/share/vulkan/icd.d/lvp.json", '{"ICD":{"library_path":"libvulkan_lvp.so"}}');
    made.put("/usr/share/vulkan/icd.d/broken.json", "{");
    expect(softwareOnly(made.machine)).toBeNull();
    expect(vulkanProblem(made.machine)).toBeNull();
    const environment = {
      VK_ICD_FILENAMES: made.put("/elsewhere.json", '{"ICD":{"library_path":"x_swiftshader.so"}}'),
    };
    expect(softwareOnly({ ...made.machine, environment })).toBe("x_swiftshader.so");
  });

  it("names what Vulkan misses", () => {
    const made = fakeMachine();
    expect(vulkanProblem(made.machine)).toContain("libvulkan.so.1");
    made.put("/usr/lib/libvulkan.so.1");
    expect(vulkanProblem(made.machine)).toContain("no driver");
    expect(vulkanProblem({ ...made.machine, platform: "darwin" })).toBeNull();
  });

  it("serves on this machine, with the reason beside the device", async () => {
    const trial = pathToFileURL(processScript("broken-trial-process"));
    const pool = await fakePool({ devices: "auto", entry: { inference: FAKE_INFERENCE, trial } });
    expect(pool.devices()).toEqual([
      { id: "cpu", provider: "cpu", state: "READY", reason: null, choice: expect.stringContaining("No GPU is used.") },
    ]);
  });
});

describe("a trial", () => {
  const trials = (options: ConstructorParameters<typeof Trials>[0]) => {
    const made = new Trials(options);
    onTestFinished(() => made.close());
    return made;
  };

  it("of the processor finds its own numbers", async () => {
    const { difference, deviceMs, processorMs } = await trials({}).run(CPU, 1);
    expect(difference).toBe(0);
    expect(deviceMs).toBeGreaterThan(0);
    expect(processorMs).toBeGreaterThan(0);
  });

  it("whose driver ends the process, or never answers, is an error and leaves no process", async () => {
    const broken = trials({ entry: pathToFileURL(processScript("broken-trial-process")) });
    expect(await rejection(broken.run(WEBGPU, 1))).toMatchObject({ code: "COMPUTE_CRASHED" });
    const silent = trials({
      entry: new URL("../../support/processes/silent-process.mjs", import.meta.url),
      timeoutMs: 100,
    });
    expect(await rejection(silent.run(WEBGPU, 1))).toMatchObject({ code: "TIMEOUT" });
    const { machine } = withCard();
    const judged = await consider(WEBGPU, { trials: broken, threads: 1, machine });
    expect(judged).toMatchObject({ fitness: "BROKEN", reason: expect.stringContaining("SIGABRT") });
  });
});
