/** Label sets: how many molecules have each value. */
import { Arg, FieldResolver, Int, Resolver, Root } from "type-graphql";
import { countsOf, selectCounts } from "../../datasets/label-counts.js";
import type { LabelSet as LabelSetRow } from "../../store/generated/client.js";
import { LabelCount, LabelSet } from "../types/dataset.js";

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
}
