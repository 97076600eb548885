/** What a backup holds, in one line. */
import type { Manifest } from "../../store/backup/index.js";
import { moment } from "./table.js";

export function backupLine({ createdAt, tables, files }: Manifest): string {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const parts = [...tables.flatMap((table) => table.parts), ...files];
  const megabytes = parts.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6;
  const count = (number: number): string => number.toLocaleString("en-US");
  return (
    `${count(rows)} rows of ${tables.length} tables and ${count(files.length)} files, ${megabytes.toFixed(1)} MB, ` +
    `as of ${moment(createdAt)}`
  );
}
