/** What no row needs is removed, and what ships and was deleted comes back. */
import { Arg, Ctx, Mutation, Resolver } from "type-graphql";
import { leftOut } from "../../../runs/index.js";
import type { Context } from "../../context.js";
import { GarbagePayload, RestorePayload } from "../../types/removal.js";

@Resolver()
export class GarbageResolver {
  @Mutation(() => GarbagePayload, {
    description:
      "Removes what no row needs: files of deleted rows, old checkpoints, folders that no row names, parts of " +
      "downloads and uploads, molecules that nothing has. The server does the same every hour; folders wait a week " +
      "there.",
  })
  async collectGarbage(
    @Arg("dryRun", () => Boolean, {
      defaultValue: true,
      description: "Nothing is removed; the answer says what would be. Default true.",
    })
    dryRun: boolean,
    @Ctx() { application }: Context,
  ): Promise<GarbagePayload> {
    const garbage = await application.removals.collectGarbage({ dryRun });
    return { garbage, bytes: garbage.reduce((sum, { bytes }) => sum + bytes, 0) };
  }

  @Mutation(() => RestorePayload, {
    description: "Registers again the models that ship with the package, and the sample, after they were deleted.",
  })
  async restoreShipped(@Ctx() { application }: Context): Promise<RestorePayload> {
    const { models, datasets } = await leftOut(application.store);
    await application.restoreShipped();
    return { restored: [...models, ...datasets].sort() };
  }
}
