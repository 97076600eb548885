/**
 * The state of a pretraining run, from which it resumes after a crash: the last two states are kept, and only a run of
 * the same options on the same corpus resumes from them.
 */
import { createHash } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { MaillardError } from "../../errors.js";
import type { Checkpoint } from "../../model/types.js";
import type { ParameterArena } from "../step/kernels/index.js";
import { readTrainingState, writeTrainingState } from "../step/training-state.js";
import type { PretrainOptions } from "./pretrain-options.js";
import type { StepSums } from "./recent-steps.js";

export interface Position {
  step: number;
  tokensSeen: number;
  epoch: number;
  /** Molecules of this epoch done. */
  place: number;
  /** Of the steps since the last progress. Absent at the start, and in states of earlier versions. */
  recent?: StepSums;
}

export const START: Readonly<Position> = { step: 0, tokensSeen: 0, epoch: 0, place: 0 };

/** Where a run keeps its states. A state of another identity is of a run with other options or another corpus. */
export interface PretrainKeeper {
  /** Fills the arena's weights and moments, where there is a state; else START. */
  resume(identity: string, arena: ParameterArena): Promise<Position>;
  persist(identity: string, arena: ParameterArena, position: Position): Promise<void>;
}

/** In a folder of their own; the last valid one is found there. CONFLICT when it is of another identity. */
export const fileKeeper = (folder: string): PretrainKeeper => ({
  resume: (identity, arena) => resume(folder, identity, arena),
  persist: (identity, arena, position) => persist(folder, identity, arena, position),
});

/**
 * What decides the numbers, as a hash. Options that were added later are left out while they are off: states of earlier
 * versions stay valid.
 */
export function pretrainIdentity(
  options: PretrainOptions,
  corpus: { size: number; tokens: number },
  base: Checkpoint | null,
): string {
  const document = {
    ...options,
    output: "",
    threads: 0,
    logEvery: 0,
    checkpointEvery: 0,
    corpus: [corpus.size, corpus.tokens],
    properties: options.properties || undefined,
    propertyShare: options.properties > 0 ? options.propertyShare : undefined,
    randomSmiles: options.randomSmiles || undefined,
    base: base ? weightsChecksum(base) : undefined,
  };
  return createHash("sha256").update(JSON.stringify(document)).digest("hex");
}

function weightsChecksum({ weights }: Checkpoint): string {
  const hash = createHash("sha256");
  for (const [name, { data }] of weights)
    hash.update(name).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return hash.digest("hex");
}

async function resume(folder: string, identity: string, arena: ParameterArena): Promise<Position> {
  for (const step of await steps(folder)) {
    try {
      const state = await readTrainingState(join(folder, `step-${step}`), arena);
      if (state.identity !== identity) {
        throw new MaillardError(
          "CONFLICT",
          `${folder} belongs to a run with other options or another corpus; choose another output folder or delete it.`,
        );
      }
      return state.position as unknown as Position;
    } catch (error) {
      if (MaillardError.from(error).code !== "CHECKPOINT_INVALID") throw error; // a torn one: the one before it serves
    }
  }
  return { ...START };
}

/** Keeps the last two states. */
async function persist(folder: string, identity: string, arena: ParameterArena, position: Position): Promise<void> {
  await writeTrainingState(join(folder, `step-${position.step}`), arena, { identity, position: { ...position } });
  for (const step of (await steps(folder)).slice(2)) await rm(join(folder, `step-${step}`), { recursive: true });
}

/** Latest first. */
async function steps(folder: string): Promise<number[]> {
  const names = await readdir(folder);
  // The folder has other files too.
  const found = names.flatMap((name) => /^step-(\d+)$/.exec(name)?.[1] ?? []);
  return found.map(Number).sort((a, b) => b - a);
}
