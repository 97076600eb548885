/**
 * The documents that were parsed and validated last, so that a client's own need no time again. Apollo's default holds
 * 30 MiB of them as JSON, which anyone can fill and which are above 150 MB as objects. Here the texts are counted: the
 * objects need about 110 bytes for each character (Node 20, 30 November 2026).
 */
import type { DocumentNode } from "graphql";
import { LRUCache } from "lru-cache";

/** Of all texts together: about 30 MB. */
const MOST_CHARACTERS = 262_144;

/** What Apollo asks of a cache. */
export interface DocumentCache {
  get(key: string): Promise<DocumentNode | undefined>;
  set(key: string, document: DocumentNode): Promise<void>;
  delete(key: string): Promise<boolean>;
}

export function documentCache(mostCharacters = MOST_CHARACTERS): DocumentCache {
  const documents = new LRUCache<string, DocumentNode>({
    maxSize: mostCharacters,
    sizeCalculation: ({ loc }) => Math.max(1, loc?.source.body.length ?? mostCharacters),
  });
  return {
    get: async (key) => documents.get(key),
    set: async (key, document) => void documents.set(key, document),
    delete: async (key) => documents.delete(key),
  };
}
