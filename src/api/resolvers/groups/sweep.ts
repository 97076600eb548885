/** Sweeps: started, and drawn. */
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from "type-graphql";
import { type Sweep as SweepRead, sweepFigure } from "../../../service/evaluation/sweeps.js";
import type { RunGroup as RunGroupRow } from "../../../store/generated/client.js";
import type { Context } from "../../context.js";
import { withoutNulls } from "../../input.js";
import { StartSweepInput } from "../../types/inputs/groups/sweep-inputs.js";
import { RunGroupPayload } from "../../types/payloads.js";
import { Sweep } from "../../types/sweep.js";

@Resolver(() => Sweep)
export class SweepResolver {
  @Mutation(() => RunGroupPayload, {
    description:
      "Starts a finetune for each combination of options: all of them, or none. INVALID_CONFIG of a trial's option " +
      "has the trial in `details`. Codes as startFinetune.",
  })
  async startSweep(
    @Arg("input", () => StartSweepInput, { description: "The finetune, and what is searched." }) input: StartSweepInput,
    @Ctx() { application }: Context,
  ): Promise<{ group: RunGroupRow }> {
    const { finetune, search } = input;
    return {
      group: await application.runs.startSweep({
        ...withoutNulls(input),
        finetune: withoutNulls(finetune),
        search: search.map(withoutNulls),
      }),
    };
  }

  @FieldResolver(() => String)
  figure(@Root() sweep: SweepRead): string {
    return sweepFigure(sweep);
  }
}
