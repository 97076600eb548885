/**
 * Whether an execution provider works on this machine. Only a session on it shows that: libraries may be missing, a
 * driver absent, a card in use. Throws the runtime's own reason.
 */
import { InferenceSession, listSupportedBackends, Tensor } from "onnxruntime-node";

/** An ONNX model of one node, y = Identity(x), float32 [1]; IR version 8, operator set 13. */
const IDENTITY = Buffer.from(
  "CAg6NwoQCgF4EgF5IghJZGVudGl0eRIBZ1oPCgF4EgoKCAgBEgQKAggBYg8KAXkSCgoICAESBAoCCAFCBAoAEA0=",
  "base64",
);

export async function checkProvider(provider: string, deviceId: number | undefined): Promise<void> {
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
