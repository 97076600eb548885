/** A device that computes. */
import { Field, ObjectType } from "type-graphql";
import { DeviceState } from "./enums.js";

@ObjectType("Device", { description: "A device of the compute pool (MAILLARD_DEVICES)." })
export class Device {
  @Field(() => String, { description: "cpu, webgpu, cuda:0, …" })
  id!: string;

  @Field(() => String, { description: "Execution provider of the runtime." })
  provider!: string;

  @Field(() => DeviceState, { description: "Whether it takes work." })
  state!: DeviceState;

  @Field(() => String, { nullable: true, description: "Why it is not READY; null when it is." })
  reason!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "With MAILLARD_DEVICES=auto: why it was chosen, and why each GPU that was considered was not; " +
      "null for a device that was named.",
  })
  choice?: string | null;
}
