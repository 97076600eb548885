/**
 * A text file, plain or gzip (recognised by its first two bytes), in any encoding. The whole file is read, so the
 * result holds for all of it:
 *   - a byte-order mark decides: UTF-8, UTF-16LE or UTF-16BE
 *   - without one, UTF-8 if every byte of the file is valid; otherwise windows-1252
 *   - a file that is neither, or that mixes both, is BAD_INPUT naming the line: no byte becomes U+FFFD silently
 * An encoding that the user names is used; the file is BAD_INPUT if it breaks it.
 */
import { isAscii, isUtf8 } from "node:buffer";
import { Readable } from "node:stream";
import { MaillardError } from "../../errors.js";
import { DEFAULT_IMPORT_LIMITS, type ImportLimits, LONGEST_RECORD, limitExceeded, UnpackedBytes } from "../limits.js";
import { Turns } from "../turns.js";
import { beginningOf, bytesOf, firstBytes } from "./bytes.js";
import { type ByteOrderMark, Decoder, encodingOf, hasUtf8, linesOf, markOf, UNDEFINED_1252 } from "./encodings.js";
import { headOfTable } from "./sources/head.js";
import { parquetSource } from "./sources/parquet.js";
import { RECOGNISED_IN, recognised } from "./sources/recognise.js";
import { sdfSource } from "./sources/sdf.js";
import { noBlocks, type SourceOptions, type TableSource } from "./sources/types.js";
import { workbookSource } from "./sources/workbook.js";

export interface TextFile {
  path: string;
  compression: "NONE" | "GZIP";
  /** utf-8, utf-16le, utf-16be, windows-1252, or the one that was named. */
  encoding: string;
  byteOrderMark: boolean;
  /** Lines, the last one included when nothing ends it. */
  lines: number;
  /** Of a file that is no text of cells: what it holds. */
  table?: TableSource;
}

export interface ExamineOptions extends Partial<SourceOptions> {
  limits?: ImportLimits;
  signal?: AbortSignal;
}

/** Limit for one line during the examination; a file with longer lines is not a table. */
const LONGEST_LINE = LONGEST_RECORD;
const [NEW_LINE, RETURN] = [0x0a, 0x0d];

/**
 * Reads the file once. BAD_INPUT for what cannot be read as text, EMPTY_INPUT for a file of no bytes, FILE_TOO_LARGE
 * and TOO_MANY_ITEMS (lines) for one above the limits.
 */
export async function examineText(
  path: string,
  named?: string,
  { limits = DEFAULT_IMPORT_LIMITS, signal, blocks = noBlocks, sheet }: ExamineOptions = {},
): Promise<TextFile> {
  const asked = named === undefined ? undefined : encodingOf(named);
  const { bytes: magic, size } = await firstBytes(path, 2);
  const compression = magic[0] === 0x1f && magic[1] === 0x8b ? "GZIP" : "NONE";
  const kind = recognised(path, await beginningOf(path, compression, RECOGNISED_IN));
  if (kind === "PARQUET" || kind === "XLSX") {
    if (compression === "GZIP") throw bad(path, "is packed by itself, and inside a gzip: unpack it.");
    const isWorkbook = kind === "XLSX";
    const table = isWorkbook ? await workbookSource(path, limits, { sheet, size }) : await parquetSource(path, limits);
    return { ...NO_TEXT, path, lines: table.rows + 1, table };
  }
  if (sheet !== undefined) throw new MaillardError("BAD_INPUT", `${path} has no sheets.`, { param: "sheet" });
  const unpacked = new UnpackedBytes(limits, path, compression === "GZIP" ? () => size : null);
  const examination = new Examination(path, asked);
  const checkLines = (lines: number): void => {
    // A record of an SDF has many lines.
    if (kind !== "SDF" && lines > limits.rows) throw limitExceeded("rows", limits, path);
  };
  const turns = new Turns();
  try {
    for await (const chunk of bytesOf(path, compression)) {
      signal?.throwIfAborted();
      unpacked.add(chunk.length);
      examination.take(chunk);
      checkLines(examination.lineEnds);
      await turns.next();
    }
  } catch (error) {
    if (error instanceof MaillardError || signal?.aborted) throw error;
    throw bad(path, `cannot be read to its end: ${(error as Error).message}`);
  }
  const found = examination.end();
  checkLines(found.lines);
  const file: TextFile = { path, compression, ...found };
  if (kind !== "SDF") return file;
  return { ...file, table: await sdfSource({ path, text: () => openText(file), blocks, limits }) };
}

const NO_TEXT = { compression: "NONE", encoding: "utf-8", byteOrderMark: false } as const;

/** The text as a stream that a parser takes: bytes in UTF-8, or strings, without byte-order mark. */
export function openText({ path, compression, encoding, byteOrderMark }: TextFile): Readable {
  return Readable.from(textOf(bytesOf(path, compression), encoding, byteOrderMark), { objectMode: true });
}

/** The first `characters` or so, whole lines; and whether that is all. Of a file that is no text: as CSV. */
export async function readHead(file: TextFile, characters: number): Promise<{ text: string; isWhole: boolean }> {
  if (file.table) return headOfTable(file.table, characters);
  const decoder = new TextDecoder();
  let text = "";
  for await (const part of openText(file)) {
    text += typeof part === "string" ? part : decoder.decode(part as Buffer, { stream: true });
    if (text.length <= characters) continue;
    const cut = text.slice(0, characters);
    const end = Math.max(cut.lastIndexOf("\n"), cut.lastIndexOf("\r"));
    return { text: end < 0 ? cut : cut.slice(0, end + 1), isWhole: false };
  }
  return { text, isWhole: true };
}

/** The state of the examination, chunk by chunk. */
class Examination {
  /** Bytes of a line that is not at its end yet, and the number of line ends before it. */
  private rest: Buffer = Buffer.alloc(0);
  private newLines = 0;
  private returns = 0;
  private last = NEW_LINE;
  /** Characters of a decoded line that is not at its end yet. */
  private open = 0;
  private isEmpty = true;
  private mark: ByteOrderMark | null = null;
  private decoder: Decoder | null = null;
  /** First lines that are UTF-8 beyond ASCII, that are not UTF-8, and that are not windows-1252 either. */
  private utf8Line = 0;
  private otherLine = 0;
  private undefinedLine = 0;

  constructor(
    private readonly path: string,
    private readonly asked: string | undefined,
  ) {}

  take(chunk: Buffer): void {
    const bytes = this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk;
    // A byte-order mark and the mark of an archive have up to four bytes.
    if (this.isEmpty && bytes.length < 4) this.rest = bytes;
    else this.read(bytes);
  }

  end(): Omit<TextFile, "path" | "compression"> {
    if (this.rest.length > 0) this.read(this.rest, true);
    if (this.decoder) this.readDecoded(this.decoder.end());
    if (this.isEmpty)
      throw new MaillardError("EMPTY_INPUT", `${this.path} is empty: a header line and at least one row are needed.`, {
        param: "file",
      });
    const isEnded = this.last === NEW_LINE || this.last === RETURN;
    const found = { byteOrderMark: this.mark !== null, lines: isEnded ? this.lineEnds : this.lineEnds + 1 };
    return { encoding: this.encoding(), ...found };
  }

  private encoding(): string {
    const chosen = this.asked ?? this.mark?.encoding;
    if (chosen === "utf-8" && this.otherLine > 0)
      throw bad(
        this.path,
        `is not UTF-8: line ${this.otherLine} has bytes that are none. Name the encoding, such as windows-1252, ` +
          "or save the file as UTF-8.",
        { line: this.otherLine },
      );
    if (chosen !== undefined) return chosen;
    if (this.otherLine === 0) return "utf-8";
    if (this.utf8Line > 0)
      throw bad(
        this.path,
        `mixes encodings: line ${this.utf8Line} has characters in UTF-8 and line ${this.otherLine} bytes that are ` +
          "none. Name the one that is meant, or save the file as UTF-8.",
        { utf8Line: this.utf8Line, line: this.otherLine },
      );
    if (this.undefinedLine > 0)
      throw bad(
        this.path,
        `is neither UTF-8 nor windows-1252: line ${this.undefinedLine} has a byte that stands for nothing in ` +
          "either. Name the encoding.",
        { line: this.undefinedLine },
      );
    return "windows-1252";
  }

  private read(bytes: Buffer, isLast = false): void {
    let text = bytes;
    if (this.isEmpty) {
      if (text.length === 0) return;
      this.isEmpty = false;
      this.mark = markOf(text);
      if (this.mark && this.asked !== undefined && this.asked !== this.mark.encoding)
        throw bad(this.path, `begins with the byte-order mark of ${this.mark.encoding}, and ${this.asked} was named.`);
      const encoding = this.asked ?? this.mark?.encoding;
      if (encoding !== undefined && encoding !== "utf-8") this.decoder = new Decoder(encoding);
      else text = text.subarray(this.mark?.length ?? 0);
    }
    if (this.decoder) {
      this.rest = Buffer.alloc(0);
      this.readDecoded(this.decoder.write(text));
      return;
    }
    const end = isLast ? text.length : Math.max(text.lastIndexOf(NEW_LINE), text.lastIndexOf(RETURN)) + 1;
    this.readLines(text.subarray(0, end));
    this.rest = Buffer.from(text.subarray(end));
    if (this.rest.length > LONGEST_LINE) throw this.tooLong();
  }

  /** Whole lines. Line ends are the same bytes in UTF-8 and windows-1252, and never part of another character. */
  private readLines(bytes: Buffer): void {
    if (bytes.length === 0) return;
    const zero = bytes.indexOf(0);
    if (zero >= 0) throw this.zero(bytes.subarray(0, zero));
    if (isAscii(bytes)) this.count(bytes);
    else
      for (const line of linesOf(bytes)) {
        if (!isAscii(line)) {
          if (isUtf8(line)) this.utf8Line ||= this.line;
          else {
            this.otherLine ||= this.line;
            if (hasUtf8(line)) this.utf8Line ||= this.line;
            if (UNDEFINED_1252.some((byte) => line.includes(byte))) this.undefinedLine ||= this.line;
          }
        }
        this.count(line);
      }
    this.last = bytes[bytes.length - 1];
  }

  private readDecoded(text: string): void {
    if (text === "") return;
    const zero = text.indexOf("\0");
    if (zero >= 0) throw this.zero(Buffer.from(text.slice(0, zero)));
    const wrong = text.indexOf("\uFFFD");
    if (wrong >= 0) {
      const encoding = this.asked ?? this.mark?.encoding;
      this.count(Buffer.from(text.slice(0, wrong)));
      throw bad(this.path, `is not ${encoding}: line ${this.line} has bytes that are no character of it.`, {
        line: this.line,
      });
    }
    this.count(Buffer.from(text));
    const end = Math.max(text.lastIndexOf("\n"), text.lastIndexOf("\r"));
    this.open = end < 0 ? this.open + text.length : text.length - end - 1;
    if (this.open > LONGEST_LINE) throw this.tooLong();
    this.last = text.charCodeAt(text.length - 1);
  }

  private count(bytes: Buffer): void {
    this.newLines += occurrences(bytes, NEW_LINE);
    this.returns += occurrences(bytes, RETURN);
  }

  /** Ends of lines so far. */
  get lineEnds(): number {
    return this.newLines > 0 ? this.newLines : this.returns;
  }

  private get line(): number {
    return this.lineEnds + 1;
  }

  private tooLong(): MaillardError {
    return bad(this.path, `is no table: line ${this.line} has more than ${LONGEST_LINE} bytes.`);
  }

  /** `before`: what was not counted yet. */
  private zero(before: Buffer): MaillardError {
    this.count(before);
    return bad(
      this.path,
      `is no text: line ${this.line} holds a zero byte. UTF-16 without a byte-order mark has to be named: ` +
        "utf-16le or utf-16be.",
      { line: this.line },
    );
  }
}

function occurrences(bytes: Buffer, byte: number): number {
  let count = 0;
  for (let at = bytes.indexOf(byte); at >= 0; at = bytes.indexOf(byte, at + 1)) count++;
  return count;
}

async function* textOf(
  bytes: AsyncIterable<Buffer>,
  encoding: string,
  byteOrderMark: boolean,
): AsyncGenerator<Buffer | string> {
  if (encoding !== "utf-8") {
    const decoder = new Decoder(encoding);
    for await (const chunk of bytes) yield decoder.write(chunk);
    yield decoder.end();
    return;
  }
  let mark = byteOrderMark ? 3 : 0;
  for await (const chunk of bytes) {
    const skipped = Math.min(mark, chunk.length);
    mark -= skipped;
    if (chunk.length > skipped) yield chunk.subarray(skipped);
  }
}

const bad = (path: string, what: string, details?: Record<string, unknown>): MaillardError =>
  new MaillardError("BAD_INPUT", `${path} ${what}`, { param: "file", ...(details ? { details } : {}) });
