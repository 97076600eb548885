/**
 * The lines above a table that are no records of it: `sep=;`, with which Excel names the separator, and remarks that
 * begin with #. They are skipped, and named in the description of the table.
 */

export interface Preamble {
  /** Lines of the file, blank ones among them included. */
  lines: number;
  /** Those that are not blank. */
  texts: string[];
  /** What `sep=` names. */
  delimiter: string | null;
  /** The text below. */
  rest: string;
}

const LINE_END = /\r\n|\n|\r/;
const SEPARATOR = /^"?sep=(.)"?$/i;

/** `text`: the first part of a file, without byte-order mark. */
export function preambleOf(text: string): Preamble {
  const found: Preamble = { lines: 0, texts: [], delimiter: null, rest: text };
  let blank = 0;
  for (let at = 0; at < text.length; ) {
    const end = LINE_END.exec(text.slice(at, at + LONGEST));
    // A line that is longer, or that nothing ends, is no remark.
    if (!end) break;
    const line = text.slice(at, at + end.index);
    at += end.index + end[0].length;
    const separator = SEPARATOR.exec(line.trimEnd())?.[1] ?? null;
    if (line.trim() === "") blank++;
    else if (line.startsWith("#") || (separator !== null && found.delimiter === null && found.texts.length === 0)) {
      if (separator !== null && !line.startsWith("#")) found.delimiter = separator;
      found.lines += blank + 1;
      found.texts.push(line.trim());
      found.rest = text.slice(at);
      blank = 0;
    } else break;
    if (found.texts.length >= MOST) break;
  }
  return found;
}

/** Of a remark, in characters; and remarks above a table. */
const LONGEST = 10_000;
const MOST = 1_000;

/** The text without its first lines, as a stream of the same pieces. */
export async function* withoutLines(
  text: AsyncIterable<Buffer | string>,
  lines: number,
): AsyncGenerator<Buffer | string> {
  let left = lines;
  let afterReturn = false;
  for await (const piece of text) {
    let from = 0;
    // The second half of \r\n.
    if (afterReturn && piece.length > 0 && codeAt(piece, 0) === 0x0a) from = 1;
    if (piece.length > 0) afterReturn = false;
    while (left > 0 && from < piece.length) {
      const code = codeAt(piece, from++);
      if (code !== 0x0a && code !== 0x0d) continue;
      left--;
      if (code === 0x0d && from < piece.length && codeAt(piece, from) === 0x0a) from++;
      else afterReturn = code === 0x0d && from === piece.length;
    }
    if (from < piece.length) yield typeof piece === "string" ? piece.slice(from) : piece.subarray(from);
  }
}

const codeAt = (piece: Buffer | string, index: number): number =>
  typeof piece === "string" ? piece.charCodeAt(index) : piece[index];
