/**
 * POST /import/…?background=true: the file becomes a run of kind IMPORT (src/runs/imports), which goes on when the
 * client has left. What can be wrong with a table's columns is refused here, before there is a run. Of the address:
 *   background       true: answer { description } of a table and { run: { id, name, kind, status } }
 *   idempotencyKey   the same key, address and file: the same run; else CONFLICT
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { columnsOf } from "../../../datasets/files/choose-columns.js";
import { describeTable, withoutPath } from "../../../datasets/import-csv.js";
import type { ImportTarget } from "../../../datasets/types.js";
import type { ImportFormat } from "../../../runs/orders/import-order.js";
import type { Application } from "../../../service/application.js";
import { globalId } from "../../ids.js";
import { one, type Query, tableOptions, yesOrNo } from "./table-options.js";

export const asksForRun = (query: Query): boolean => yesOrNo(query, "background") ?? false;

/** What a file that has come is given to. */
export function importInBackground(as: Application, format: ImportFormat, query: Query, target: ImportTarget) {
  const table = format === "csv" ? tableOptions(query) : {};
  return async (path: string, say: (line: object) => void, signal: AbortSignal): Promise<object> => {
    const choose = async () => {
      const description = await describeTable(as, path, table, { signal });
      say({ description });
      return columnsOf(description, path);
    };
    const columns = format === "csv" ? await withoutPath(path, choose) : undefined;
    const run = await as.runs.startImport({
      path,
      format,
      target,
      table,
      columns,
      file: await identityOf(path, signal),
      idempotencyKey: one(query.idempotencyKey) ?? null,
    });
    return { run: { id: globalId("Run", run.id), name: run.name, kind: run.kind, status: run.status } };
  };
}

async function identityOf(path: string, signal: AbortSignal): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash, { signal });
  return { bytes: (await stat(path)).size, sha256: hash.digest("hex") };
}
