/** A machine made of folders, with shared libraries that only name what they need, and trials with given results. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { DeviceTrials } from "../../../src/compute/gpu/choose.js";
import type { Runtime } from "../../../src/compute/gpu/cuda-files.js";
import type { Machine } from "../../../src/compute/gpu/libraries.js";
import type { TrialResult } from "../../../src/compute/gpu/trial.js";

/** An ELF file of 64 bits: one segment with everything, its dynamic section, and a text behind them. */
export function fakeLibrary(needed: readonly string[], text = ""): Buffer {
  const [HEADER, SEGMENT, ENTRY, ADDRESS] = [64, 56, 16, 0x10000];
  const names = Buffer.from(`\0${needed.map((name) => `${name}\0`).join("")}`);
  const dynamicAt = HEADER + 2 * SEGMENT;
  const tags: [number, number][] = needed.map((name) => [1, names.indexOf(`\0${name}\0`) + 1]);
  const namesAt = dynamicAt + ENTRY * (tags.length + 3);
  tags.push([5, ADDRESS + namesAt], [10, names.length], [0, 0]);
  const body = Buffer.alloc(namesAt);
  body.writeUInt32BE(0x7f454c46, 0);
  body[4] = 2;
  body[5] = 1;
  body.writeBigUInt64LE(BigInt(HEADER), 32);
  body.writeUInt16LE(SEGMENT, 54);
  body.writeUInt16LE(2, 56);
  const segment = (at: number, type: number, offset: number, bytes: number) => {
    body.writeUInt32LE(type, at);
    body.writeBigUInt64LE(BigInt(offset), at + 8);
    body.writeBigUInt64LE(BigInt(ADDRESS + offset), at + 16);
    body.writeBigUInt64LE(BigInt(bytes), at + 32);
  };
  segment(HEADER, 1, 0, namesAt + names.length);
  segment(HEADER + SEGMENT, 2, dynamicAt, namesAt - dynamicAt);
  for (const [i, [tag, value]] of tags.entries()) {
    body.writeBigInt64LE(BigInt(tag), dynamicAt + ENTRY * i);
    body.writeBigUInt64LE(BigInt(value), dynamicAt + ENTRY * i + 8);
  }
  return Buffer.concat([body, names, Buffer.from(text)]);
}

export interface FakeMachine {
  machine: Machine;
  runtime: Runtime;
  /** Writes a file of the machine and answers its path. */
  put(path: string, content?: string | Buffer): string;
}

/** Linux on x64 without any library. */
export function fakeMachine(environment: Record<string, string> = {}): FakeMachine {
  const root = mkdtempSync(join(tmpdir(), "maillard-machine-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const put = (path: string, content: string | Buffer = ""): string => {
    const full = join(root, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, content);
    return full;
  };
  const shortFolder = "onnxruntime-node/bin/napi-v6/linux/x64";
  return {
    machine: { platform: "linux", arch: "x64", environment, root },
    runtime: { version: "1.30.0", folder: join(root, shortFolder), shortFolder, isPresent: true },
    put,
  };
}

/** A driver of Vulkan, and the loader. */
export function putVulkan({ put }: FakeMachine, library: string): void {
  put("/usr/lib/libvulkan.so.1");
  put("/usr/share/vulkan/icd.d/driver.json", JSON.stringify({ ICD: { library_path: `/usr/lib/${library}` } }));
}

/** Results by id of the device; an Error is thrown. A device without one fails the test. */
export function fakeTrials(results: Record<string, TrialResult | Error>): DeviceTrials & { tried: string[] } {
  const tried: string[] = [];
  return {
    tried,
    async run({ id }) {
      tried.push(id);
      const result = results[id];
      if (!result) throw new Error(`${id} was not to be tried`);
      if (result instanceof Error) throw result;
      return result;
    },
  };
}

export const FAST: TrialResult = { difference: 3e-7, deviceMs: 0.5, processorMs: 12 };
