/** Entries of the audit log, and how to ask for some of them. */
import { GraphQLDateTime } from "graphql-scalars";
import { ArgsType, Field, InputType, ObjectType } from "type-graphql";
import { connectionType } from "./connection.js";
import { PageArguments } from "./page-arguments.js";

@ObjectType("AuditDetail", { description: "One fact of an audit entry." })
export class AuditDetail {
  @Field(() => String, { description: "Name of the argument, of the id in the answer, or of a count." })
  name!: string;

  @Field(() => String, { description: "Its value; of a list its values, separated by commas. Long ones are cut." })
  value!: string;
}

@ObjectType("AuditEntry", {
  description:
    "A mutation, an import or a refused key: who asked, when, from where, and what became of it. It never has a " +
    "molecule or a key.",
})
export class AuditEntry {
  @Field(() => GraphQLDateTime, { description: "When it had ended." })
  at!: Date;

  @Field(() => String, { description: "Id of the request, under which the server's log has its errors." })
  requestId!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Name of the key; null: none was given, or it is not known. "local": a server without keys.',
  })
  key!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Address of the client's connection, which is that of the proxy where there is one; null: several addresses.",
  })
  address!: string | null;

  @Field(() => String, { description: 'Name of the mutation, "import" of an upload, or "refused key".' })
  action!: string;

  @Field(() => String, { description: '"OK", or the code of the error.' })
  outcome!: string;

  @Field(() => [AuditDetail], { description: "Names, ids and counts of what it was about." })
  details!: AuditDetail[];
}

export const { Connection: AuditEntryConnection } = connectionType("AuditEntry", () => AuditEntry);

@InputType("AuditFilter", { description: "Which entries: those that meet every condition that is given." })
export class AuditFilter {
  @Field(() => String, { nullable: true, description: "Name of the key." })
  key?: string | null;

  @Field(() => String, { nullable: true, description: "As `action` of an entry." })
  action?: string | null;

  @Field(() => String, { nullable: true, description: "As `outcome` of an entry." })
  outcome?: string | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: "At this time or later." })
  from?: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: "Before this time." })
  to?: Date | null;
}

@ArgsType()
export class AuditArguments extends PageArguments {
  @Field(() => AuditFilter, { nullable: true, description: "Only these entries; null: all." })
  filter?: AuditFilter | null;
}
