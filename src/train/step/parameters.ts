/**
 * Where the numbers of a training run are (weights, gradients, moments), and what changes them: the memory of this
 * process (HostParameters), or a GPU (device/).
 *
 * One step: `begin`; for each part of the batch `beforePart`, `beforeRead`, a run of the step's graph with `feeds` and
 * `fetches`, and `take`; `end`; `update`. The arena is what checkpoints read and write. It has the weights and moments
 * as they are now after `toHost`; what was written into it counts after `fromHost`.
 */
import type { InferenceSession, Tensor } from "onnxruntime-node";
import type { ParameterArena } from "./kernels/index.js";

export interface UpdateRule {
  weightDecay: number;
  /** Largest global gradient norm; 0 switches clipping off. */
  gradientClip: number;
  beta1: number;
  beta2: number;
  epsilon: number;
}

/** A part of a step's batch. */
export interface Part {
  index: number;
  /** Parts of the step. */
  count: number;
  /** Inputs of its run. */
  feeds: Readonly<Record<string, Tensor>>;
}

export interface Parameters {
  readonly arena: ParameterArena;
  /** Of the session of the step's graph: where its outputs go. */
  outputLocations(): InferenceSession.SessionOptions;
  /** Weights as the graphs take them, by name, frozen ones too. Others after each update. */
  feeds(): ReadonlyMap<string, Tensor>;
  /** Outputs of the step's graph that hold gradients: the tensor to write into, or null for a new one. */
  fetches(): Record<string, Tensor | null>;
  begin(): void;
  beforePart(): void;
  /** Before a graph that is fed these reads weights. */
  beforeRead(feeds: Readonly<Record<string, Tensor>>): void;
  take(results: Readonly<Record<string, Tensor>>, part: Part): Promise<void>;
  end(parts: number): void;
  /**
   * Clips and applies the gradients of the step. Answers their global norm before clipping; where that is not finite,
   * nothing is applied.
   */
  update(step: number, learningRate: number): Promise<number>;
  toHost(): Promise<void>;
  fromHost(): Promise<void>;
  /** The step's gradients, by the name of what learns. Copies. */
  gradients(): Promise<Map<string, Float32Array>>;
  release(): Promise<void>;
}

/** Added to the norm before the division that clips, as torch's clip_grad_norm_ does. */
export const CLIP_EPSILON = 1e-6;
