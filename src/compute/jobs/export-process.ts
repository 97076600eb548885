/** Entry of a process that writes one export. Started by Exports, never imported. */
import { writeExport } from "../../model/export/write-export.js";
import { answerOnce } from "../../process/child-life.js";
import type { ExportQuestion } from "./exports.js";

answerOnce(({ parts, layout }: ExportQuestion) => async () => {
  for (const part of parts) await writeExport(part, layout);
  return null;
});
