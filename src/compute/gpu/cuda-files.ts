/**
 * The files of CUDA, each with where it belongs and what to do when it is not there.
 *
 *   onnxruntime_binding.node     in the package onnxruntime-node, with libonnxruntime.so.1
 *   libonnxruntime_providers_*   the provider, beside it: not in the package, of the same version as the runtime
 *   libcudart, libcublas, …      of CUDA 13: what the provider names itself, found by the system's loader
 *   libcudnn, libcufft           named by no file: the provider loads them itself when it wants them
 *   libcuda.so.1                 of the driver
 *
 * Measured on the provider of onnxruntime-gpu 1.30.0 (PyPI): its version stands in it as text between two NULs, and
 * `readelf -d` names the libraries of NEEDED.
 */
import { existsSync, readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { neededLibraries } from "./elf.js";
import { findLibrary, type Machine } from "./libraries.js";

export interface CudaFile {
  name: string;
  /** PROVIDER: of the runtime. CUDA: of the toolkit. DRIVER: of the graphics driver. LATER: loaded when needed. */
  part: "PROVIDER" | "CUDA" | "DRIVER" | "LATER";
  /** Absolute; null: missing. */
  path: string | null;
  /** What is wrong with it, such as "missing in onnxruntime-node/…"; null: nothing. Without absolute paths. */
  problem: string | null;
  /** What to do, one sentence; null: nothing. */
  advice: string | null;
}

export interface Runtime {
  /** Of onnxruntime-node. */
  version: string;
  /** Absolute folder of onnxruntime_binding.node for this machine. */
  folder: string;
  /** The same from the name of the package on. */
  shortFolder: string;
  /** False: the package has no binding for this machine. */
  isPresent: boolean;
}

const PROVIDERS = ["libonnxruntime_providers_cuda.so", "libonnxruntime_providers_shared.so"];
/** Of onnxruntime-gpu 1.30.0: what its provider needs, where it is not there to be asked. */
const NEEDED = ["libcublasLt.so.13", "libcublas.so.13", "libcurand.so.10", "libcudart.so.13", "libcuda.so.1"];
const LATER = ["libcudnn.so.9", "libcufft.so.12"];
/** Libraries of NEEDED that are no part of every Linux. */
const OF_NVIDIA = /^lib(cu|nv)/;

export function installedRuntime(machine: Pick<Machine, "platform" | "arch">): Runtime {
  const manifest = createRequire(import.meta.url).resolve("onnxruntime-node/package.json");
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
  const inside = ["bin", "napi-v6", machine.platform, machine.arch];
  const folder = join(dirname(manifest), ...inside);
  const isPresent = existsSync(join(folder, "onnxruntime_binding.node"));
  return { version, folder, shortFolder: ["onnxruntime-node", ...inside].join("/"), isPresent };
}

/** Every file that CUDA needs on this machine, found or not, the provider's first. */
export async function cudaFiles(machine: Machine, runtime = installedRuntime(machine)): Promise<CudaFile[]> {
  const providers = await Promise.all(PROVIDERS.map((name) => providerFile(name, runtime)));
  const own = providers[0].path && (await neededLibraries(providers[0].path));
  const needed = own ? own.filter((name) => OF_NVIDIA.test(name)) : NEEDED;
  return [
    ...providers,
    ...needed.map((name) => libraryFile(name, name.startsWith("libcuda.") ? "DRIVER" : "CUDA", machine)),
    ...LATER.filter((name) => !needed.includes(name)).map((name) => libraryFile(name, "LATER", machine)),
  ];
}

/**
 * Why CUDA cannot work, in sentences, by the files that every session needs; null: all of them are there.
 * @param later also those that are loaded when needed
 */
export async function cudaProblem(
  machine: Machine,
  { runtime = installedRuntime(machine), later = false } = {},
): Promise<string | null> {
  if (!hasProvider(machine)) return NO_PROVIDER;
  const files = await cudaFiles(machine, runtime);
  return describeMissing(files.filter(({ part }) => later || part !== "LATER"));
}

export const hasProvider = ({ platform, arch }: Machine): boolean => platform === "linux" && arch === "x64";

/** For Windows the provider would be DLLs, which onnxruntime-node has no place for. */
export const NO_PROVIDER = "CUDA has a provider for onnxruntime-node on Linux with x64 processors alone.";

/** A sentence for each thing that is wrong, with the files that it is said of, and one for each thing to do. */
function describeMissing(files: readonly CudaFile[]): string | null {
  const wrong = files.filter(({ problem }) => problem !== null);
  if (wrong.length === 0) return null;
  const different = (texts: (string | null)[]): string[] => [...new Set(texts.filter((text) => text !== null))];
  const said = different(wrong.map(({ problem }) => problem)).map((problem) => {
    const names = wrong.filter((file) => file.problem === problem).map(({ name }) => name);
    return `${problem[0].toUpperCase()}${problem.slice(1)}: ${names.join(", ")}.`;
  });
  return [...said, ...different(wrong.map(({ advice }) => advice))].join(" ");
}

async function providerFile(name: string, { version, folder, shortFolder }: Runtime): Promise<CudaFile> {
  const path = join(folder, name);
  const advice = `Copy both provider files of onnxruntime-gpu ${version} there: docs/gpu.md.`;
  const base = { name, part: "PROVIDER" as const };
  if (!existsSync(path)) return { ...base, path: null, problem: `missing in ${shortFolder}`, advice };
  // The small one has no version in it.
  const isOther = name === PROVIDERS[0] && !(await holds(path, `\0${version}\0`));
  if (!isOther) return { ...base, path, problem: null, advice: null };
  return { ...base, path, problem: `not of the runtime's version, ${version}, in ${shortFolder}`, advice };
}

function libraryFile(name: string, part: CudaFile["part"], machine: Machine): CudaFile {
  const { path, elsewhere } = findLibrary(name, machine);
  if (path) return { name, part, path, problem: null, advice: null };
  if (elsewhere) {
    const problem = `in ${elsewhere}, where the loader does not look`;
    return { name, part, path: null, problem, advice: `Set LD_LIBRARY_PATH=${elsewhere}.` };
  }
  return { name, part, path: null, problem: "in no folder of the loader", advice: adviceFor(name, part) };
}

function adviceFor(name: string, part: CudaFile["part"]): string {
  if (part === "DRIVER") return "Install the NVIDIA driver, 580 or newer; in a container, start it with --gpus all.";
  if (name.startsWith("libcudnn")) return "Install cuDNN 9 for CUDA 13.";
  return "Install the libraries of CUDA 13, and put their folder into LD_LIBRARY_PATH.";
}

const PIECE = 16 * 2 ** 20;

/** Whether a file has a text in it, read in pieces that overlap. */
async function holds(path: string, text: string): Promise<boolean> {
  const file = await open(path).catch(() => null);
  if (!file) return false;
  try {
    const buffer = Buffer.alloc(PIECE);
    for (let from = 0; ; from += PIECE - text.length) {
      const { bytesRead } = await file.read(buffer, 0, PIECE, from);
      if (buffer.subarray(0, bytesRead).includes(text)) return true;
      if (bytesRead < PIECE) return false;
    }
  } finally {
    await file.close();
  }
}
