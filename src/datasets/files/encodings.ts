/** Encodings of text by name, by byte-order mark, and as text piece by piece (iconv-lite; never half a character). */
import iconv from "iconv-lite";
import { MaillardError } from "../../errors.js";

/** Short names of the most common encodings. */
const SPELLINGS: Readonly<Record<string, string>> = {
  utf8: "utf-8",
  utf16le: "utf-16le",
  utf16be: "utf-16be",
  windows1252: "windows-1252",
  cp1252: "windows-1252",
  win1252: "windows-1252",
};
/** Known to the library and no encoding of text, or one that only a byte-order mark makes definite. */
const NONE = /^(base64|hex|binary|ucs2|utf16|utf32|utf7.*)$/;

/** Bytes without a character in windows-1252. */
export const UNDEFINED_1252: readonly number[] = [0x81, 0x8d, 0x8f, 0x90, 0x9d];

/** The standard name of an encoding. BAD_INPUT for an unknown one. */
export function encodingOf(named: string): string {
  const name = named.trim().toLowerCase();
  const letters = name.replace(/[^a-z0-9]/g, "");
  const known = SPELLINGS[letters] ?? name;
  if (iconv.encodingExists(known) && !NONE.test(letters)) return known;
  throw new MaillardError(
    "BAD_INPUT",
    `${JSON.stringify(named.slice(0, 40))} is no encoding that is known: give utf-8, utf-16le, utf-16be, ` +
      "windows-1252, iso-8859-1 or another by its usual name.",
    { param: "encoding" },
  );
}

export interface ByteOrderMark {
  encoding: string;
  /** Bytes. */
  length: number;
}

export function markOf(bytes: Buffer): ByteOrderMark | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return { encoding: "utf-8", length: 3 };
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { encoding: "utf-16le", length: 2 };
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return { encoding: "utf-16be", length: 2 };
  return null;
}

/** Text of bytes that arrive in pieces, without byte-order mark. Invalid bytes become U+FFFD. */
export class Decoder {
  private readonly decoder: iconv.DecoderStream;
  /** First half of a surrogate pair. */
  private half = "";

  constructor(encoding: string) {
    this.decoder = iconv.getDecoder(encoding);
  }

  write(bytes: Buffer): string {
    const text = this.half + this.decoder.write(bytes);
    this.half = /[\uD800-\uDBFF]$/.exec(text)?.[0] ?? "";
    return whole(text.slice(0, text.length - this.half.length));
  }

  end(): string {
    return whole(this.half + (this.decoder.end() ?? ""));
  }
}

const whole = (text: string): string => text.replace(/\p{Cs}/gu, "\uFFFD");

/** Lines with their ends; the two bytes of \r\n end two lines, the second of which is empty. */
export function* linesOf(bytes: Buffer): Generator<Buffer> {
  const ends = ["\n", "\r"].map((end) => end.charCodeAt(0)).filter((end) => bytes.includes(end));
  for (let from = 0; from < bytes.length; ) {
    const next = ends.map((end) => bytes.indexOf(end, from)).filter((place) => place >= 0);
    const until = next.length === 0 ? bytes.length : Math.min(...next) + 1;
    yield bytes.subarray(from, until);
    from = until;
  }
}

/**
 * Whether a line that is not UTF-8 has characters of it all the same: accented and Greek letters, signs such as ° and
 * quotation marks. In windows-1252 their bytes are characters that no text has in this order (Ã©, Î±, â€“).
 */
export function hasUtf8(line: Buffer): boolean {
  for (let at = 0; at + 1 < line.length; at++) {
    const isPair =
      (line[at] === 0xc2 || line[at] === 0xc3 || line[at] === 0xce || line[at] === 0xcf) && isNext(line[at + 1]);
    const isThree = line[at] === 0xe2 && line[at + 1] >= 0x80 && line[at + 1] <= 0x82 && isNext(line[at + 2]);
    if (isPair || isThree) return true;
  }
  return false;
}

const isNext = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x80 && byte <= 0xbf;
