/** The card of a model: README.md of its folder. At most `cardBytes` are read; a longer one is cut, with a note. */
import { open } from "node:fs/promises";
import { join } from "node:path";
import { readBytes } from "../weights/weights-file.js";
import { CHECKPOINT_LIMITS } from "./limits.js";

export const CARD_FILE = "README.md";
const NOTE = `\n\n(cut here: a card has at most ${CHECKPOINT_LIMITS.cardBytes.most} bytes)\n`;

/** Without a file: an empty text. A database takes no character NUL, so it becomes U+FFFD. */
export async function readCard(folder: string): Promise<string> {
  const file = await open(join(folder, CARD_FILE), "r").catch(() => null);
  if (!file) return "";
  try {
    const { size } = await file.stat();
    const { most } = CHECKPOINT_LIMITS.cardBytes;
    const bytes = await readBytes(file, 0, Math.min(size, most));
    if (!bytes) return "";
    // "stream" leaves out a character of which only the first bytes were read.
    const text = new TextDecoder().decode(bytes, { stream: size > most }).replaceAll("\0", "\uFFFD");
    return size > most ? text + NOTE : text;
  } finally {
    await file.close();
  }
}
