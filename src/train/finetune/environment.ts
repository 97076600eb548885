/** What the bits of a run depend on besides its job: equal numbers are guaranteed only where these match. */
import { cpus, endianness } from "node:os";
import { env } from "onnxruntime-node";

export function environment(threads: number, device: string): Record<string, unknown> {
  const [processor] = cpus();
  return {
    node: process.version,
    onnxruntime:
      (env.versions as Record<string, string | undefined>).node ??
      (env.versions as Record<string, string | undefined>).common ??
      null,
    platform: `${process.platform}-${process.arch}`,
    processor: processor?.model ?? "unknown",
    endianness: endianness(),
    threads,
    device,
  };
}
