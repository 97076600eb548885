/** Writes rows of text to a stream, packed by gzip or plain. It holds at most one piece of 64 KiB or one row. */
import type { Writable } from "node:stream";
import { createGzip } from "node:zlib";
import { Sink } from "./sink.js";
import type { RowText, TableWriter } from "./types.js";

/** Characters that go to the stream at once. */
const PIECE = 65_536;

export function textWriter(target: Writable, text: RowText, { gzip = false } = {}): TableWriter {
  const sink = new Sink(target, gzip ? createGzip() : null);
  let waiting = text.head;
  const flush = (): Promise<void> | undefined => {
    const piece = waiting;
    waiting = "";
    return piece === "" ? undefined : sink.write(piece);
  };
  return {
    write: (cells) => {
      waiting += text.row(cells);
      return waiting.length < PIECE ? sink.failure() : flush();
    },
    end: async () => {
      await flush();
      await sink.end();
    },
  };
}
