/** Which file of CUDA belongs where: found in the loader's order, and by name with what to do where it is missing. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cudaFiles, cudaProblem, installedRuntime } from "../../../src/compute/gpu/cuda-files.js";
import { neededLibraries } from "../../../src/compute/gpu/elf.js";
import { findLibrary, thisMachine } from "../../../src/compute/gpu/libraries.js";
import { runtimeReason } from "../../../src/compute/gpu/runtime-reason.js";
import { fakeLibrary, fakeMachine } from "../../support/machine/fake-gpu.js";

const FOLDER = "onnxruntime-node/bin/napi-v6/linux/x64";
const CUDA = `${FOLDER}/libonnxruntime_providers_cuda.so`;
const SHARED = `${FOLDER}/libonnxruntime_providers_shared.so`;
const NEEDED = ["libcublasLt.so.13", "libcublas.so.13", "libcurand.so.10", "libcudart.so.13", "libcuda.so.1"];

describe("what the runtime says", () => {
  it("of a driver that is missing is the failure and what to do, without functions and the host's name", () => {
    // onnxruntime-node 1.30.0 with the provider of onnxruntime-gpu 1.30.0, and a libcuda.so.1 without a driver.
    const said =
      "cuda_call.cc:154 std::conditional_t<THRW, void, onnxruntime::common::Status> onnxruntime::CudaCall(ERRTYPE, " +
      "const char*) [with ERRTYPE = cudaError; bool THRW = true] CUDA failure 35: CUDA driver version is " +
      "insufficient for CUDA runtime version ; GPU=-1 ; hostname=vm ; file=cuda_execution_provider.cc ; line=352 ; " +
      "expr=cudaSetDevice(info_.device_id); ";
    expect(runtimeReason(said)).toBe(
      "CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version in " +
        "cudaSetDevice(info_.device_id). Install the NVIDIA driver, 580 or newer.",
    );
    expect(runtimeReason("CUDA failure 101: invalid device ordinal ; GPU=7 ; hostname=vm")).toMatch(
      /^CUDA failure 101: invalid device ordinal\. .*nvidia-smi/,
    );
  });

  it("of WebGPU is the sentence behind the source's place; other text stays", () => {
    const said =
      "webgpu_context.cc:136 onnxruntime::webgpu::WebGpuContext::Initialize(const Config&)::<lambda()> " +
      "adapter_result.status == wgpu::RequestAdapterStatus::Success was false. Failed to get a WebGPU adapter: none";
    expect(runtimeReason(said)).toBe("Failed to get a WebGPU adapter: none.");
    expect(runtimeReason(" no driver ")).toBe("no driver.");
  });
});

describe("needed libraries", () => {
  it("are read from a library of this machine as readelf -d shows them", async (context) => {
    const { folder } = installedRuntime(process);
    if (!folder.endsWith(join("linux", "x64"))) context.skip("not Linux on x64");
    expect(await neededLibraries(join(folder, "onnxruntime_binding.node"))).toEqual([
      "libonnxruntime.so.1",
      "libstdc++.so.6",
      "libm.so.6",
      "libgcc_s.so.1",
      "libc.so.6",
    ]);
  });

  it("of files that are no library are null", async () => {
    const { put } = fakeMachine();
    const cut = fakeLibrary(["libc.so.6"]).subarray(0, 200);
    const wild = fakeLibrary(["libc.so.6"]);
    wild.writeBigUInt64LE(1n << 50n, 32);
    const files = ["", "short", "#!/bin/sh\n".repeat(20), cut, wild].map((content, i) => put(`/file-${i}`, content));
    expect(await Promise.all([...files, "/absent"].map(neededLibraries))).toEqual(Array(6).fill(null));
  });
});

describe("a library", () => {
  it("is found by LD_LIBRARY_PATH, then ld.so.cache, then the folders of the system", () => {
    const { machine, put } = fakeMachine();
    const find = (environment = {}) => findLibrary("libcudart.so.13", { ...machine, environment }).path;
    expect(find()).toBeNull();
    const system = put("/usr/lib64/libcudart.so.13");
    expect(find()).toBe(system);
    put("/etc/ld.so.cache", "ld.so-1.7.0\0\u0001\u0002libcudart.so.13\0/opt/nvidia/libcudart.so.13\0");
    // Noted, but gone since.
    expect(find()).toBe(system);
    const cached = put("/opt/nvidia/libcudart.so.13");
    expect(find()).toBe(cached);
    const given = put("/home/me/cuda/libcudart.so.13");
    expect(find({ LD_LIBRARY_PATH: `/none:${join(given, "..")}` })).toBe(given);
  });
});

describe("the files of CUDA", () => {
  it("that are all missing are named with folder, version and what to do", async () => {
    const { machine, runtime } = fakeMachine();
    const files = await cudaFiles(machine, runtime);
    expect(files.map(({ name, part, path }) => [name, part, path])).toEqual([
      ["libonnxruntime_providers_cuda.so", "PROVIDER", null],
      ["libonnxruntime_providers_shared.so", "PROVIDER", null],
      ...NEEDED.map((name) => [name, name === "libcuda.so.1" ? "DRIVER" : "CUDA", null]),
      ["libcudnn.so.9", "LATER", null],
      ["libcufft.so.12", "LATER", null],
    ]);
    const problem = (await cudaProblem(machine, { runtime })) as string;
    const providers = "libonnxruntime_providers_cuda.so, libonnxruntime_providers_shared.so";
    expect(problem).toContain(`Missing in ${FOLDER}: ${providers}. In no folder of the loader: ${NEEDED.join(", ")}. `);
    expect(problem).not.toContain("libcudnn");
    expect(problem).not.toContain(runtime.folder);
    // Once for both files.
    expect(problem.match(/onnxruntime-gpu 1\.30\.0/g)).toHaveLength(1);
    expect(problem.match(/CUDA 13/g)).toHaveLength(1);
  });

  it("that are all there are no problem, cuDNN apart", async () => {
    const { machine, runtime, put } = fakeMachine();
    put(CUDA, fakeLibrary([...NEEDED, "libc.so.6"], "\0(exclusive).\x001.30.0\0cudaSetDevice\0"));
    put(SHARED, fakeLibrary(["libc.so.6"]));
    for (const name of NEEDED) put(`/usr/lib/${name}`);
    expect(await cudaProblem(machine, { runtime })).toBeNull();
    expect(await cudaProblem(machine, { runtime, later: true })).toContain("libcudnn.so.9, libcufft.so.12.");
    const missing = (await cudaFiles(machine, runtime)).filter(({ path }) => path === null);
    expect(missing.map(({ name, part, advice }) => [name, part, advice])).toEqual([
      ["libcudnn.so.9", "LATER", "Install cuDNN 9 for CUDA 13."],
      ["libcufft.so.12", "LATER", expect.stringContaining("CUDA 13")],
    ]);
  });

  it("of another version of the runtime are refused by name", async () => {
    const { machine, runtime, put } = fakeMachine();
    put(CUDA, fakeLibrary([], "\x001.29.1\0 and 11.30.0\0"));
    put(SHARED, fakeLibrary([]));
    const [cuda, shared] = await cudaFiles(machine, runtime);
    expect([cuda.problem, shared.problem]).toEqual([`not of the runtime's version, 1.30.0, in ${FOLDER}`, null]);
    expect(await cudaProblem(machine, { runtime })).toContain("onnxruntime-gpu 1.30.0");
  });

  it("are those that the provider itself names, where it is there", async () => {
    const { machine, runtime, put } = fakeMachine();
    put(CUDA, fakeLibrary(["libcudart.so.12", "libcuda.so.1", "libstdc++.so.6"], "\x001.30.0\0"));
    put(SHARED);
    put("/usr/lib/libcuda.so.1");
    const problem = (await cudaProblem(machine, { runtime })) as string;
    expect(problem).toContain("In no folder of the loader: libcudart.so.12.");
    expect(problem).not.toMatch(/libcudart\.so\.13|libcuda\.so\.1[. ]/);
  });

  it("in a usual folder that the loader does not know: the variable to set", async () => {
    const { machine, runtime, put } = fakeMachine();
    put("/usr/local/cuda/lib64/libcudart.so.13");
    const cudart = (await cudaFiles(machine, runtime)).find(({ name }) => name === "libcudart.so.13");
    expect(cudart?.path).toBeNull();
    expect(cudart?.problem).toContain("/usr/local/cuda/lib64");
    expect(cudart?.advice).toBe("Set LD_LIBRARY_PATH=/usr/local/cuda/lib64.");
  });

  it("are not asked for where the runtime has no provider", async () => {
    for (const other of [{ platform: "darwin" as const }, { arch: "arm64" }])
      expect(await cudaProblem({ ...thisMachine(), platform: "linux", arch: "x64", ...other })).toContain("Linux");
  });
});
