/** Datasets: found, listed, imported, and their edges. */
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from "type-graphql";
import { groupBy } from "../../datasets/group-by.js";
import { importRows } from "../../datasets/import.js";
import { emptyReport, type ImportReport, ordered, type TextCount } from "../../datasets/types.js";
import { MaillardError } from "../../errors.js";
import { inDataset, type ReachedCompound } from "../../store/access/compounds.js";
import { datasetOfName } from "../../store/find.js";
import type { Dataset as DatasetRow, LabelSet as LabelSetRow } from "../../store/generated/client.js";
import { isPlain, searchCompounds } from "../compound-search.js";
import { byPosition, mapNodes, page } from "../connections.js";
import type { Context } from "../context.js";
import { globalId, idOf } from "../ids.js";
import { datasetList } from "../lists/datasets.js";
import { CompoundConnection } from "../types/compound.js";
import type { ConnectionOf } from "../types/connection.js";
import {
  Dataset,
  DatasetConnection,
  ImportReport as ImportReportType,
  LabelConflicts,
  LabelSet,
  MissingText,
  ProblemCount,
} from "../types/dataset.js";
import { CompoundListArguments } from "../types/inputs/compound-filter.js";
import { ImportDatasetInput } from "../types/inputs/inputs.js";
import { DatasetListArguments } from "../types/inputs/list-filters.js";
import { ImportPayload } from "../types/payloads.js";
import type { ImportProblemCode } from "../types/table-enums.js";

@Resolver(() => Dataset)
export class DatasetResolver {
  @Query(() => Dataset, {
    nullable: true,
    description: "One dataset by exactly one of its id and name; null when there is none. BAD_INPUT.",
  })
  async dataset(
    @Arg("id", () => ID, { nullable: true, description: "Global id of the dataset." }) id: string | null,
    @Arg("name", () => String, { nullable: true, description: "Name of the dataset." }) name: string | null,
    @Ctx() { application, loaders }: Context,
  ): Promise<DatasetRow | null> {
    if ((typeof id === "string") === (typeof name === "string")) {
      throw new MaillardError("BAD_INPUT", "Pass exactly one of `id` and `name`.", { param: "id" });
    }
    if (typeof id === "string") return loaders.dataset.load(idOf("Dataset", id));
    return datasetOfName(application.store, name as string);
  }

  @Query(() => DatasetConnection, { description: "Datasets, oldest first unless ordered otherwise. BAD_INPUT." })
  datasets(
    @Args(() => DatasetListArguments) list: DatasetListArguments,
    @Ctx() { application }: Context,
  ): Promise<ConnectionOf<DatasetRow>> {
    return page(list, datasetList(application.store, list));
  }

  @Mutation(() => ImportPayload, {
    description:
      "Adds a batch of rows to a dataset. Bad rows are reported and the rest imported; repeating a batch " +
      "changes nothing. " +
      "EMPTY_INPUT, TOO_MANY_ITEMS, BAD_INPUT, CONFLICT.",
  })
  async importDataset(
    @Arg("input", () => ImportDatasetInput, { description: "The batch." }) input: ImportDatasetInput,
    @Ctx() { application, signal }: Context,
  ): Promise<{ dataset: DatasetRow; report: ImportReport }> {
    const { store, chemistry, importLimits } = application;
    return importRows(
      { store, chemistry, importLimits },
      {
        dataset: input.name,
        description: input.description ?? undefined,
        source: input.source ?? undefined,
        continues: input.continues,
        missing: input.missing ?? undefined,
        onConflict: input.onConflict,
        labelKinds: Object.fromEntries(input.labelKinds.map((given) => [labelSetOf(given), given.kind])),
        rows: input.rows.map((row) => {
          const bySet = groupBy(row.labels, labelSetOf);
          const labels = Object.fromEntries([...bySet].map(([set, given]) => [set, given.map(({ value }) => value)]));
          return {
            line: row.line,
            smiles: row.smiles,
            name: row.name ?? undefined,
            labels,
            problem: row.problem ?? undefined,
          };
        }),
      },
      signal,
    );
  }

  @FieldResolver(() => ID, { description: "Global id." })
  id(@Root() row: DatasetRow): string {
    return globalId("Dataset", row.id);
  }

  @FieldResolver(() => [LabelSet], { description: "Its label sets, by name." })
  labelSets(@Root() row: DatasetRow, @Ctx() { loaders }: Context): Promise<LabelSetRow[]> {
    return loaders.labelSets.load(row.id);
  }

  @FieldResolver(() => LabelSet, { nullable: true, description: "One of its label sets; null when there is none." })
  async labelSet(
    @Root() row: DatasetRow,
    @Arg("name", () => String, { description: "Its name." }) name: string,
    @Ctx() { loaders }: Context,
  ): Promise<LabelSetRow | null> {
    return (await loaders.labelSets.load(row.id)).find((set) => set.name === name) ?? null;
  }

  @FieldResolver(() => CompoundConnection, {
    description:
      "Its molecules, in the order of first appearance; filtered and ordered otherwise when asked. Codes as " +
      "of `compounds`.",
  })
  async compounds(
    @Root() row: DatasetRow,
    @Args(() => CompoundListArguments) list: CompoundListArguments,
    @Ctx() context: Context,
  ): Promise<ConnectionOf<ReachedCompound>> {
    if (!isPlain(list)) return searchCompounds(list, row.id, context);
    return mapNodes(await page(list, byPosition(row, context.loaders)), inDataset);
  }

  @FieldResolver(() => ImportReportType, { description: "Report of the latest import." })
  report(@Root() row: DatasetRow): ImportReport {
    return { ...emptyReport(), ...(row.report as object) };
  }
}

function labelSetOf({ labelSet, set }: { labelSet?: string | null; set?: string | null }): string {
  const name = labelSet ?? set;
  if (typeof name === "string") return name;
  throw new MaillardError("BAD_INPUT", "A label, or the kind of a label set, names no `labelSet`.", {
    param: "labelSet",
  });
}

@Resolver(() => ImportReportType)
export class ImportReportResolver {
  @FieldResolver(() => [ProblemCount], {
    description: "Problems by code, those not listed included, most frequent first.",
  })
  reasons(@Root() { codes }: ImportReport): ProblemCount[] {
    const counts = Object.entries(codes ?? {}).map(([code, count]) => ({ code: code as ImportProblemCode, count }));
    return counts.sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
  }
  @FieldResolver(() => [MissingText], {
    description: 'Labels that were left out because they mean "not known", most frequent first.',
  })
  missing(@Root() { missing }: ImportReport): TextCount[] {
    return ordered(Object.entries(missing ?? {}));
  }
  @FieldResolver(() => [LabelConflicts], {
    description: "Labels that are another than an earlier row gives the molecule, by label set, most first.",
  })
  conflicts(@Root() { conflicts }: ImportReport): LabelConflicts[] {
    return ordered(Object.entries(conflicts ?? {})).map(({ text, count }) => ({ labelSet: text, count }));
  }
}
