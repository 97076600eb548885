/** Token ids of many texts, with turns for other work between them: 8,192 texts take a slow tokenizer 300 ms. */
import { Turns } from "../../datasets/turns.js";
import { stage } from "../../observe/stages.js";
import { stopped } from "../../process/refusals.js";
import type { Tokenizer } from "../../tokenizer/types.js";

/** In the order of the texts. CANCELLED when the signal aborts meanwhile. */
export function encodeAll(
  tokenizer: Tokenizer,
  texts: readonly string[],
  maxLength: number,
  signal: AbortSignal,
): Promise<Int32Array[]> {
  return stage("tokenize", () => encodeInTurns(tokenizer, texts, maxLength, signal));
}

async function encodeInTurns(
  tokenizer: Tokenizer,
  texts: readonly string[],
  maxLength: number,
  signal: AbortSignal,
): Promise<Int32Array[]> {
  const turns = new Turns();
  const tokenIds: Int32Array[] = [];
  for (const text of texts) {
    await turns.next();
    if (signal.aborted) throw stopped("The molecules were not read: their caller has left.", "SIGNAL");
    tokenIds.push(tokenizer.encode(text, maxLength));
  }
  return tokenIds;
}
