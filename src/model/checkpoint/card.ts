/**
 * The card of a model: README.md of its folder. At most `cardBytes` are read; a longer one is cut, with a note. A card
 * that is not UTF-8 or has a character that no text may have (src/text.ts) is CHECKPOINT_INVALID.
 */
import { open } from "node:fs/promises";
import { join } from "node:path";
import { MaillardError } from "../../errors.js";
import { faultOf, isStorable, utf8 } from "../../text.js";
import { readBytes } from "../weights/weights-file.js";
import { CHECKPOINT_LIMITS } from "./limits.js";

export const CARD_FILE = "README.md";
const NOTE = `\n\n(cut here: a card has at most ${CHECKPOINT_LIMITS.cardBytes.most} bytes)\n`;

/** Without a file: an empty text. */
export async function readCard(folder: string): Promise<string> {
  const file = await open(join(folder, CARD_FILE), "r").catch(() => null);
  if (!file) return "";
  try {
    const { size } = await file.stat();
    const { most } = CHECKPOINT_LIMITS.cardBytes;
    const bytes = await readBytes(file, 0, Math.min(size, most));
    if (!bytes) return "";
    const text = utf8(bytes, { isCut: size > most });
    if (text === null || !isStorable(text))
      throw new MaillardError(
        "CHECKPOINT_INVALID",
        `${CARD_FILE} ${text === null ? "is not UTF-8" : `has ${faultOf(text)}`}: save it as UTF-8 text, or leave ` +
          "it out.",
        { details: { file: CARD_FILE } },
      );
    return size > most ? text + NOTE : text;
  } finally {
    await file.close();
  }
}
