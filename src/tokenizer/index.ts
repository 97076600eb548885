export { createAtomwiseTokenizer } from "./atomwise.js";
export { loadTokenizer } from "./load.js";
export { splitAtomwise } from "./pattern.js";
export { tokenizers } from "./tokenizer-cache.js";
export type * from "./types.js";
export { type Unseen, unseenOf } from "./unseen.js";
export { buildVocabulary, TokenCounts } from "./vocabulary.js";
export { portableTokenizer } from "./written/portable.js";
export { writeTokenizer } from "./written/write.js";
