/** Reads a torch file that a test has made in memory: every tensor of it, or the error that refuses it. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { MaillardError } from "../../../src/errors.js";
import { TorchFile } from "../../../src/model/torch/file.js";
import { archiveParts, legacyFile, zipFile } from "../data/torch-file.js";

const folder = join(tmpdir(), `maillard-torch-${process.pid}`);
export const path = join(folder, "pytorch_model.bin");

/** To be called by each test file: several of them share this module in one process. */
export function keepTorchFile(): void {
  beforeAll(() => void mkdirSync(folder, { recursive: true }));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
}

export async function readAll(content: Buffer): Promise<Record<string, { shape: number[]; data: number[] }>> {
  writeFileSync(path, content);
  const file = await TorchFile.open(path);
  try {
    const out: Record<string, { shape: number[]; data: number[] }> = {};
    for (const name of file.tensors.keys()) {
      const { shape, data } = await file.read(name);
      out[name] = { shape, data: [...data] };
    }
    return out;
  } finally {
    await file.close();
  }
}

export async function refusal(content: Buffer): Promise<MaillardError> {
  const error = await readAll(content).then(
    () => null,
    (reason) => reason,
  );
  if (!(error instanceof MaillardError)) throw new Error(`not refused: ${error}`);
  return error;
}

/** A pattern that a message has; a bare pattern would match anything in toMatchObject. */
export const says = (rule: RegExp) => expect.stringMatching(rule);

/** A state dict's pickle in a file of each format. */
export const inBoth = (dict: Buffer): [string, Buffer][] => [
  ["legacy", legacyFile({ dict })],
  ["zip", zipFile(archiveParts(dict))],
];
