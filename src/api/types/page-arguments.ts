/** What a list takes to answer a page of it. */
import { ArgsType, Field, Int } from "type-graphql";

export const MAX_PAGE = 100;

@ArgsType()
export class PageArguments {
  @Field(() => Int, {
    nullable: true,
    description: "The first n after `after`, 1 to 100. Exactly one of `first` and `last` is required.",
  })
  first?: number | null;

  @Field(() => String, { nullable: true, description: "Only what comes after this cursor; null: from the start." })
  after?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: "The last n before `before`, 1 to 100. Exactly one of `first` and `last` is required.",
  })
  last?: number | null;

  @Field(() => String, { nullable: true, description: "Only what comes before this cursor; null: to the end." })
  before?: string | null;
}
