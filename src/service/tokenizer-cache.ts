/** Tokenizers by checksum, the most recently used first; the vocabulary of a large model is some MB, so only a few are kept. */
import { loadTokenizer } from "../tokenizer/index.js";
import type { Tokenizer } from "../tokenizer/types.js";

const KEPT = 8;

export class TokenizerCache {
  private readonly loading = new Map<string, Promise<Tokenizer>>();

  get({ checksum, folder }: { checksum: string; folder: string }): Promise<Tokenizer> {
    const known = this.loading.get(checksum);
    this.loading.delete(checksum);
    const tokenizer = known ?? Promise.resolve(loadTokenizer(folder));
    this.loading.set(checksum, tokenizer);
    if (!known) {
      // A failed load is not kept.
      tokenizer.catch(() => this.loading.delete(checksum));
      for (const oldest of this.loading.keys()) if (this.loading.size > KEPT) this.loading.delete(oldest);
    }
    return tokenizer;
  }
}
