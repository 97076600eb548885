/** On what a run computed. */
import { Field, Int, ObjectType } from "type-graphql";

@ObjectType("RunEnvironment", {
  description: "On what a run computed. Equal bits are promised only where all is equal.",
})
export class RunEnvironment {
  @Field(() => String, { nullable: true, description: "Version of Node, e.g. v22.12.0." })
  node!: string | null;

  @Field(() => String, { nullable: true, description: "Version of the ONNX runtime." })
  onnxruntime!: string | null;

  @Field(() => String, { nullable: true, description: "Operating system and architecture, e.g. linux-x64." })
  platform!: string | null;

  @Field(() => String, { nullable: true, description: "Model of the processor." })
  processor!: string | null;

  @Field(() => String, { nullable: true, description: "LE or BE: order of the bytes of a number." })
  endianness!: string | null;

  @Field(() => Int, { nullable: true, description: "Threads of the runtime." })
  threads!: number | null;

  @Field(() => String, { nullable: true, description: "Id of the device." })
  device!: string | null;
}
