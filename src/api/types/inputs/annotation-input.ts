/** What people say about a run, at its start and later. */
import { Field, InputType, Int } from "type-graphql";
import { LONGEST_TAG, MOST_TAGS, PRIORITY_LIMIT } from "../../../runs/index.js";

const TAGS = `At most ${MOST_TAGS} tags of 1 to ${LONGEST_TAG} characters, by which runs are found. BAD_INPUT.`;

@InputType()
export abstract class AnnotationInput {
  @Field(() => Int, {
    defaultValue: 0,
    description: `Order among the runs that wait: higher first, -${PRIORITY_LIMIT} to ${PRIORITY_LIMIT}. BAD_INPUT.`,
  })
  priority!: number;

  @Field(() => String, { nullable: true, description: "What the run is for; at most 1,000 characters." })
  description?: string | null;

  @Field(() => [String], { defaultValue: [], description: TAGS })
  tags!: string[];
}

@InputType("UpdateRunInput", { description: "What is said about a run. A field that is null or absent stays." })
export class UpdateRunInput {
  @Field(() => String, { nullable: true, description: "What the run is for; at most 1,000 characters; empty: none." })
  description?: string | null;

  @Field(() => String, { nullable: true, description: "Notes; at most 20,000 characters; empty: none." })
  notes?: string | null;

  @Field(() => [String], { nullable: true, description: `In place of those that it has. ${TAGS}` })
  tags?: string[] | null;
}
