/**
 * Whether an execution provider works on this machine. Only a session on it shows that: libraries may be missing, a
 * driver absent, a card in use. Throws the runtime's own reason; before it, which files are missing where, and what to
 * do, for CUDA and for WebGPU on Linux.
 */
import { InferenceSession, listSupportedBackends, Tensor } from "onnxruntime-node";
import { MaillardError } from "../../errors.js";
import { withoutPaths } from "../../process/error-json.js";
import { cudaProblem } from "../gpu/cuda-files.js";
import { type Machine, thisMachine } from "../gpu/libraries.js";
import { runtimeReason } from "../gpu/runtime-reason.js";
import { vulkanProblem } from "../gpu/vulkan.js";

/** An ONNX model of one node, y = Identity(x), float32 [1]; IR version 8, operator set 13. */
const IDENTITY = Buffer.from(
  "CAg6NwoQCgF4EgF5IghJZGVudGl0eRIBZ1oPCgF4EgoKCAgBEgQKAggBYg8KAXkSCgoICAESBAoCCAFCBAoAEA0=",
  "base64",
);

/**
 * @param machine where to look for files; default: this one
 * @throws DEVICE_UNAVAILABLE, whose message names no absolute folder of the installation
 */
export async function checkProvider(
  provider: string,
  deviceId: number | undefined,
  machine = thisMachine(),
): Promise<void> {
  const problem = await missingFiles(provider, machine);
  // A native abort leaves no error to throw: what was printed before it becomes its reason.
  if (problem) console.error(`Error ahead: ${problem}`);
  await compute(provider, deviceId).catch(async (error: Error) => {
    const missing = problem ?? (provider === "cuda" ? await cudaProblem(machine, { later: true }) : null);
    const reason = runtimeReason(withoutPaths(error.message));
    throw new MaillardError("DEVICE_UNAVAILABLE", missing ? `${missing} The runtime says: ${reason}` : reason, {
      param: "devices",
    });
  });
}

async function missingFiles(provider: string, machine: Machine): Promise<string | null> {
  if (provider === "cuda") return cudaProblem(machine);
  return provider === "webgpu" ? vulkanProblem(machine) : null;
}

async function compute(provider: string, deviceId: number | undefined): Promise<void> {
  const known = listSupportedBackends().map((backend) => backend.name);
  if (!known.includes(provider)) {
    throw new Error(`This build of onnxruntime-node knows ${known.join(", ")}, not ${provider}`);
  }
  const session = await InferenceSession.create(IDENTITY, {
    executionProviders: [{ name: provider, ...(deviceId !== undefined && { deviceId }) }],
    logSeverityLevel: 4,
    intraOpNumThreads: 1,
  });
  const { y } = await session.run({ x: new Tensor("float32", Float32Array.of(0.5), [1]) });
  if (y.data[0] !== 0.5) throw new Error(`${provider} computed ${y.data[0]} where 0.5 was due`);
  await session.release();
}
