/**
 * The models that an inference process holds: by checksum (and hidden layer, where it is not the last), at most
 * `limit`, the least recently used released first. Releasing frees most but not all memory of a session. So `loads`
 * counts every attempt, and the parent replaces the process after `recycleAfter` of them.
 *
 * Not the package lru-cache, which the other caches use: it evicts when a value is set, and does not wait for
 * `dispose`. Here the oldest session must be released before the next one is loaded, because the memory of one large
 * model may be all there is. The package would leave this order, the only difficult part, to us.
 */
import { MaillardError } from "../../errors.js";
import type { EncoderConfig } from "../../model/types.js";
import { withoutPaths } from "../../process/error-json.js";
import type { InferenceOutput, ModelReference } from "../types.js";

export interface LoadedModel {
  readonly config: EncoderConfig;
  /** Class names in logit order; empty without a head. */
  readonly labels: string[];
  /** One vector per item, in order. */
  run(tokenIds: readonly Int32Array[], output: InferenceOutput): Promise<Float32Array[]>;
  release(): Promise<void>;
}

/** A model up to one of its hidden layers; null: all of it. */
export type ModelPart = ModelReference & { layer: number | null };
export type LoadModel = (model: ModelPart) => Promise<LoadedModel>;

const keyOf = ({ checksum, layer }: Omit<ModelPart, "folder">): string =>
  layer === null ? checksum : `${checksum}@${layer}`;

export class SessionCache {
  loads = 0;
  /** Insertion order is order of use. */
  #models = new Map<string, LoadedModel>();

  constructor(
    private readonly load: LoadModel,
    private readonly limit: number,
  ) {}

  get checksums(): string[] {
    return [...this.#models.keys()];
  }

  has(part: ModelPart): boolean {
    return this.#models.has(keyOf(part));
  }

  async get(reference: ModelPart): Promise<LoadedModel> {
    const { checksum } = reference;
    const key = keyOf(reference);
    let model = this.#models.get(key);
    if (model) this.#models.delete(key);
    else {
      // Release first: two large models at once may not fit where one does.
      while (this.#models.size >= this.limit) await this.#releaseOldest();
      this.loads++;
      model = await this.load(reference).catch((cause: unknown) => {
        if (cause instanceof MaillardError) throw cause;
        const reason = withoutPaths(cause instanceof Error ? cause.message : String(cause));
        throw new MaillardError("CHECKPOINT_INVALID", `The model could not be loaded: ${reason}`, {
          details: { checksum },
        });
      });
    }
    this.#models.set(key, model);
    return model;
  }

  async #releaseOldest(): Promise<void> {
    const [key, model] = this.#models.entries().next().value!;
    this.#models.delete(key);
    await model.release().catch((error: unknown) => console.error("release failed:", error));
  }
}
