/** Relay's PageInfo. */
import { Field, ObjectType } from "type-graphql";

/** Looked up only when selected. */
export type Fact = () => boolean | Promise<boolean>;

@ObjectType("PageInfo", {
  simpleResolvers: true,
  description: "Where a page lies in its list.",
})
export class PageInfo {
  @Field(() => Boolean, { description: "True when more follow after `endCursor`." })
  hasNextPage!: Fact;

  @Field(() => Boolean, { description: "True when there are some before `startCursor`." })
  hasPreviousPage!: Fact;

  @Field(() => String, { nullable: true, description: "Cursor of the first edge; null on an empty page." })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: "Cursor of the last edge; null on an empty page." })
  endCursor!: string | null;
}
