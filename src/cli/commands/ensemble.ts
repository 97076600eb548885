/** `maillard ensemble`: several models under one name; predict returns their mean. */
import type { Command } from "commander";
import { CREATE_ENSEMBLE } from "../documents/model.js";
import { positiveNumbers } from "../flags/options.js";
import type { Session } from "../session.js";

export function register(program: Command, session: Session): void {
  program
    .command("ensemble")
    .description("make several models one, whose answer is the mean of theirs")
    .argument("<name>", "name of the ensemble")
    .argument("<models...>", "two or more models of one task with the same labels")
    .option(
      "-w, --weights <numbers>",
      "what each model counts, above 0, in their order (default: all the same)",
      positiveNumbers,
    )
    .option("--json", "answer as JSON")
    .action(async (name: string, models: string[], { weights, json }: { weights?: number[]; json?: boolean }) => {
      const input = { name, models, weights };
      const { model } = (await session.client.execute(CREATE_ENSEMBLE, { input })).createEnsemble;
      if (json) return session.json(model);
      const share = (place: number): string => (weights ? `${Number(model.memberWeights[place].toFixed(3))} ` : "");
      const members = model.members.map((member, place) => `${share(place)}${member.name}`);
      session.terminal.out(`${model.name}  ${model.task} of ${members.join(", ")}`);
      session.terminal.err(`Try: npx maillard predict "CC(=O)OCCC1=CC=CC=C1" --model ${model.name}`);
    });
}
