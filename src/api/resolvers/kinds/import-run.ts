/** The result of an import run; it is ordered by POST /import/csv?background=true. */
import { FieldResolver, Resolver, Root } from "type-graphql";
import { emptyReport, type ImportReport } from "../../../datasets/types.js";
import { importOutput } from "../../../runs/orders/import-order.js";
import type { Run as RunRow } from "../../../store/generated/client.js";
import { Run } from "../../types/run.js";
import { RunImport } from "../../types/run-import.js";

@Resolver(() => Run)
export class ImportRunResolver {
  @FieldResolver(() => RunImport, {
    nullable: true,
    description: "What an import run has imported so far; null before its first batch, and for other runs.",
  })
  import(@Root() row: RunRow): { line: number; report: ImportReport } | null {
    const output = importOutput(row);
    return output && { line: output.line, report: { ...emptyReport(), ...output.report } };
  }
}
