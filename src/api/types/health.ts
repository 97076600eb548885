/** Whether the server runs and accepts requests. */
import { Field, ObjectType } from "type-graphql";

@ObjectType("Health", { description: "State of the server; the same as GET /health." })
export class Health {
  @Field(() => Boolean, { description: "True while the process answers." })
  live!: boolean;

  @Field(() => Boolean, { description: "True when the database answers and a device is READY." })
  ready!: boolean;

  @Field(() => String, { description: "Version of Maillard." })
  version!: string;
}
