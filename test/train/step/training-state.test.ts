/** A training state on disk is complete or refused; a refused one leaves the arena unchanged. */
import { fork } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ParameterArena } from "../../../src/train/step/kernels/index.js";
import { folderChecksum, readTrainingState, writeTrainingState } from "../../../src/train/step/training-state.js";
import { LOADER, processScript } from "../../support/child.js";

const SPECS = [
  { name: "table", shape: [300, 7], decay: true },
  { name: "bias", shape: [7], decay: false },
];
const STATE = {
  identity: "the run",
  position: { step: 12, epoch: 3, place: 4, best: 0.1 + 0.2 },
  environment: { threads: 2 },
};

function filled(): ParameterArena {
  const arena = new ParameterArena(SPECS);
  [arena.weights, arena.firstMoments, arena.secondMoments].forEach((section, part) => {
    for (let i = 0; i < section.length; i++) section[i] = Math.fround(Math.sin(i + part * 1e4) * 10 ** (i % 9));
  });
  arena.weights[3] = -0;
  return arena;
}

let parent: string;
let folder: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "maillard-state-"));
  folder = join(parent, "step-12");
});
afterEach(async () => {
  await rm(parent, { recursive: true });
});

const refused = { code: "CHECKPOINT_INVALID" };

describe("training state", () => {
  it("is restored bit for bit, with its position", async () => {
    const arena = filled();
    const { sha256, bytes } = await writeTrainingState(folder, arena, STATE);
    const other = new ParameterArena(SPECS);
    expect(await readTrainingState(folder, other)).toEqual(STATE);
    for (const section of ["weights", "firstMoments", "secondMoments"] as const) {
      expect(Buffer.from(other[section].slice().buffer).equals(Buffer.from(arena[section].slice().buffer))).toBe(true);
    }
    expect(other.gradients.every((value) => value === 0)).toBe(true);
    expect(sha256).toBe(await folderChecksum(folder));
    const names = await readdir(folder);
    expect(names.sort()).toEqual(["SHA256SUMS", "state.bin", "state.json"]);
    const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
    expect(bytes).toBe(sizes.reduce((sum, size) => sum + size));
    expect(await readdir(parent)).toEqual(["step-12"]);
  });

  it("lists its checksums as sha256sum does", async () => {
    await writeTrainingState(folder, filled(), STATE);
    const expected = await Promise.all(
      ["state.bin", "state.json"].map(async (name) => {
        const digest = createHash("sha256")
          .update(await readFile(join(folder, name)))
          .digest("hex");
        return `${digest}  ${name}\n`;
      }),
    );
    expect(await readFile(join(folder, "SHA256SUMS"), "utf8")).toBe(expected.join(""));
  });

  it.each([
    ["a binary cut short", () => truncate(join(folder, "state.bin"), 1000)],
    ["one changed bit", () => flip("state.bin", 5000)],
    ["a changed position", () => flip("state.json", 20)],
    ["a document cut short", () => truncate(join(folder, "state.json"), 30)],
    ["no binary", () => rm(join(folder, "state.bin"))],
    ["no document", () => rm(join(folder, "state.json"))],
    ["no list of checksums", () => rm(join(folder, "SHA256SUMS"))],
    ["an empty list of checksums", () => truncate(join(folder, "SHA256SUMS"), 0)],
    ["no folder", () => rm(folder, { recursive: true })],
  ])("refuses %s and leaves the arena as it was", async (_, harm) => {
    await writeTrainingState(folder, filled(), STATE);
    await harm();
    const arena = new ParameterArena(SPECS);
    await expect(readTrainingState(folder, arena)).rejects.toMatchObject(refused);
    await expect(readTrainingState(folder)).rejects.toMatchObject(refused);
    expect(arena.weights.every((value) => value === 0)).toBe(true);
  });

  it("refuses a state of other tensors", async () => {
    await writeTrainingState(folder, filled(), STATE);
    const renamed = new ParameterArena([{ ...SPECS[0], name: "other" }, SPECS[1]]);
    const reshaped = new ParameterArena([{ ...SPECS[0], shape: [7, 300] }, SPECS[1]]);
    for (const arena of [renamed, reshaped]) {
      await expect(readTrainingState(folder, arena)).rejects.toMatchObject(refused);
      expect(arena.weights.every((value) => value === 0)).toBe(true);
    }
  });

  it("keeps a complete state of the same bytes, and replaces an incomplete or another one", async () => {
    const first = await writeTrainingState(folder, filled(), STATE);
    const { ino } = await stat(folder);
    expect(await writeTrainingState(folder, filled(), STATE)).toEqual(first);
    expect((await stat(folder)).ino).toBe(ino);

    await truncate(join(folder, "state.bin"), 64);
    expect(await writeTrainingState(folder, filled(), STATE)).toEqual(first);
    expect(await readTrainingState(folder)).toEqual(STATE);

    const moved = { ...STATE, position: { step: 13 } };
    expect((await writeTrainingState(folder, filled(), moved)).sha256).not.toBe(first.sha256);
    expect((await readTrainingState(folder)).position).toEqual({ step: 13 });
    expect(await readdir(parent)).toEqual(["step-12"]);
  });

  it("removes what a killed write left an hour ago, and nothing younger or of another name", async () => {
    for (const name of [".step-4.0123456789ab.tmp", ".step-8.0123456789ab.tmp", "step-4", ".other"]) {
      await mkdir(join(parent, name));
      await writeFile(join(parent, name, "state.bin"), "torn");
    }
    const old = Date.now() / 1000 - 4000;
    for (const name of [".step-4.0123456789ab.tmp", "step-4", ".other"]) await utimes(join(parent, name), old, old);
    await writeTrainingState(folder, filled(), STATE);
    expect((await readdir(parent)).sort()).toEqual([".other", ".step-8.0123456789ab.tmp", "step-12", "step-4"]);
  });

  it.each([
    ["before the first byte", "write", 1],
    ["between weights and moments", "write", 2],
    ["before the binary is synced", "sync", 1],
    ["before the folder is synced and renamed", "sync", 4],
  ])("survives kill -9 %s: the state before is whole, the new one not there", async (_, method, call) => {
    const before = join(parent, "step-1");
    await writeTrainingState(before, filled(), STATE);
    const child = fork(processScript("killed-state-writer"), [parent, method, String(call)], { execArgv: LOADER });
    const [code, signal] = await once(child, "exit");
    expect([code, signal]).toEqual([null, "SIGKILL"]);
    const names = await readdir(parent);
    expect(names.filter((name) => !name.endsWith(".tmp"))).toEqual(["step-1"]);
    expect(names).toHaveLength(2); // the torn one, under a name that is never read
    expect(await readTrainingState(before)).toEqual(STATE);
  });

  it("says that a state could not be written, keeps the one before and leaves nothing half-done", async () => {
    const first = await writeTrainingState(folder, filled(), STATE);
    const endless = Object.create(filled(), {
      firstMoments: {
        get: () => {
          throw new Error("ENOSPC");
        },
      },
    });
    await expect(writeTrainingState(folder, endless, { ...STATE, identity: "x" })).rejects.toMatchObject({
      code: "INTERNAL",
      retryable: true,
    });
    await writeFile(join(parent, "file"), "");
    await expect(writeTrainingState(join(parent, "file", "step-1"), filled(), STATE)).rejects.toMatchObject({
      code: "INTERNAL",
      retryable: true,
    });
    expect((await readdir(parent)).sort()).toEqual(["file", "step-12"]);
    expect(await folderChecksum(folder)).toBe(first.sha256);
  });
});

async function flip(name: string, place: number): Promise<void> {
  const file = join(folder, name);
  const bytes = await readFile(file);
  bytes[place] ^= 1;
  await writeFile(file, bytes);
}
