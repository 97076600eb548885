/** Datasets: found, listed, imported, and their edges. */
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from "type-graphql";
import { groupBy } from "../../datasets/group-by.js";
import { importRows } from "../../datasets/import.js";
import { emptyReport, type ImportReport } from "../../datasets/types.js";
import { MaillardError } from "../../errors.js";
import { inDataset, type ReachedCompound } from "../../store/access/compounds.js";
import { datasetOfName } from "../../store/find.js";
import type { Dataset as DatasetRow, LabelSet as LabelSetRow } from "../../store/generated/client.js";
import { isPlain, searchCompounds } from "../compound-search.js";
import { byCreation, byPosition, mapNodes, page } from "../connections.js";
import type { Context } from "../context.js";
import { globalId, idOf } from "../ids.js";
import { CompoundConnection } from "../types/compound.js";
import type { ConnectionOf } from "../types/connection.js";
import {
  Dataset,
  DatasetConnection,
  ImportReport as ImportReportType,
  LabelSet,
  ProblemCount,
} from "../types/dataset.js";
import { CompoundListArguments } from "../types/inputs/compound-filter.js";
import { ImportDatasetInput } from "../types/inputs/inputs.js";
import { PageArguments } from "../types/page-arguments.js";
import { ImportPayload } from "../types/payloads.js";

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

  @Query(() => DatasetConnection, { description: "Datasets, oldest first. BAD_INPUT." })
  datasets(
    @Args(() => PageArguments) pageArguments: PageArguments,
    @Ctx() { application }: Context,
  ): Promise<ConnectionOf<DatasetRow>> {
    const { prisma } = application.store;
    return page(
      pageArguments,
      byCreation(
        "oldest",
        (query) => prisma.dataset.findMany(query),
        () => prisma.dataset.count(),
      ),
    );
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
        labelKinds: Object.fromEntries(input.labelKinds.map(({ set, kind }) => [set, kind])),
        rows: input.rows.map((row) => {
          const bySet = groupBy(row.labels, (label) => label.set);
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

@Resolver(() => ImportReportType)
export class ImportReportResolver {
  @FieldResolver(() => [ProblemCount], {
    description: "Problems by code, those not listed included, most frequent first.",
  })
  reasons(@Root() { codes }: ImportReport): ProblemCount[] {
    const counts = Object.entries(codes ?? {}).map(([code, count]) => ({ code, count }));
    return counts.sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
  }
}
