/** Label sets: how many molecules have each value, and which are in several splits. */
import { Arg, Ctx, FieldResolver, Int, Resolver, Root } from "type-graphql";
import { countsOf, selectCounts } from "../../datasets/label-counts.js";
import { MaillardError } from "../../errors.js";
import { countOverlap, listOverlap, matchedSets, type Overlap, type SplitColumn } from "../../runs/index.js";
import type { Dataset as DatasetRow, LabelSet as LabelSetRow } from "../../store/generated/client.js";
import type { Context } from "../context.js";
import { LabelCount, LabelSet } from "../types/dataset.js";
import { OverlappingMolecule, SplitOverlap } from "../types/overlap.js";

@Resolver(() => LabelSet)
export class LabelSetResolver {
  @FieldResolver(() => [LabelCount], {
    description: "Molecules by value, most frequent first, equal ones in text order; empty for NUMBER. BAD_INPUT.",
  })
  counts(
    @Root() set: LabelSetRow,
    @Arg("first", () => Int, {
      nullable: true,
      description: "Only so many of the most frequent, 0 or more; null: all.",
    })
    first: number | null,
    @Arg("minCount", () => Int, {
      nullable: true,
      description: "Only values with at least so many molecules; null: all.",
    })
    minCount: number | null,
    @Arg("maxCount", () => Int, {
      nullable: true,
      description: "Only values with at most so many molecules; null: all.",
    })
    maxCount: number | null,
  ): LabelCount[] {
    const rules = { first: first ?? null, minCount: minCount ?? null, maxCount: maxCount ?? null };
    return selectCounts(countsOf(set), rules);
  }

  @FieldResolver(() => SplitOverlap, {
    description:
      "What a finetune or probe with this set as the column of its split refuses as SPLIT_OVERLAP, or takes out of " +
      "training (`onOverlap`). Values that mean no split are left out. UNKNOWN_TARGET, INVALID_CONFIG.",
  })
  async splitOverlap(
    @Root() set: LabelSetRow,
    @Arg("targets", () => [String], {
      nullable: true,
      description: "Only molecules with a label in one of these sets, or patterns; null: all.",
    })
    targets: string[] | null,
    @Ctx() { application: { store }, loaders }: Context,
  ): Promise<OverlapRoot> {
    const dataset = (await loaders.dataset.load(set.datasetId)) as DatasetRow;
    const options = { column: set.name, param: "targets" };
    const sets = targets && (await matchedSets(store, dataset, targets, options));
    const column = { set, targets: sets?.map(({ id }) => id) ?? null };
    return { ...(await countOverlap(store, column)), column };
  }
}

type OverlapRoot = SplitOverlap & { column: SplitColumn };

@Resolver(() => SplitOverlap)
export class SplitOverlapResolver {
  @FieldResolver(() => [OverlappingMolecule], {
    description: "A part of them, in the order of the dataset. BAD_INPUT.",
  })
  async molecules(
    @Root() { column }: OverlapRoot,
    @Arg("first", () => Int, { defaultValue: 100, description: "At most this many, 1 to 1,000." }) first: number,
    @Arg("after", () => Int, { defaultValue: 0, description: "Leave out so many at the beginning, 0 or more." })
    after: number,
    @Ctx() { application: { store } }: Context,
  ): Promise<Overlap[]> {
    for (const [param, value, least, most] of [
      ["first", first, 1, 1_000],
      ["after", after, 0, Number.MAX_SAFE_INTEGER],
    ] as const)
      if (value < least || value > most) {
        const rule = most === 1_000 ? "1 to 1,000" : "0 or more";
        throw new MaillardError("BAD_INPUT", `\`${param}\` is ${value}: it must be ${rule}.`, { param });
      }
    return listOverlap(store, column, { first, after });
  }
}
