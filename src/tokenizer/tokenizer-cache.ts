/**
 * Tokenizers by the checksum of their model, the eight most recently used: a vocabulary of 52,000 tokens is some MB,
 * and is not read again for every molecule. A load that fails is not kept. There is one cache in a process.
 */
import { LRUCache } from "lru-cache";
import { recorder } from "../observe/recorder.js";
import { loadTokenizer } from "./load.js";
import type { Tokenizer } from "./types.js";

const KEPT = 8;

class TokenizerCache {
  readonly #loading = new LRUCache<string, Promise<Tokenizer>>({ max: KEPT });

  /** `folder`: the folder of the tokenizer with this checksum. Rejects as `loadTokenizer` does. */
  get({ checksum, folder }: { checksum: string; folder: string }): Promise<Tokenizer> {
    const known = this.#loading.get(checksum);
    recorder.count("maillard_cache_requests_total", ["tokenizers", known ? "hit" : "miss"]);
    if (known) return known;
    const loading = loadTokenizer(folder);
    this.#loading.set(checksum, loading);
    loading.catch(() => this.#loading.delete(checksum));
    return loading;
  }
}

export const tokenizers = new TokenizerCache();
