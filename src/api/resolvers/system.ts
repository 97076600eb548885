/** The server itself: devices and health. */
import { Ctx, Query, Resolver } from "type-graphql";
import type { DeviceStatus } from "../../compute/types.js";
import { type HealthAnswer, health } from "../../service/health.js";
import type { Context } from "../context.js";
import { Device } from "../types/device.js";
import { Health } from "../types/health.js";

@Resolver()
export class SystemResolver {
  @Query(() => [Device], { description: "The devices of the compute pool, in the order of MAILLARD_DEVICES." })
  devices(@Ctx() { application }: Context): DeviceStatus[] {
    return application.compute.devices();
  }

  @Query(() => Health, { description: "Whether the server lives and takes work." })
  health(@Ctx() { application }: Context): Promise<HealthAnswer> {
    return health(application);
  }
}
