/** `maillard ensemble`: several models under one name; predict answers their mean. */
import type { Command } from "commander";
import { CREATE_ENSEMBLE } from "../documents/model.js";
import type { Session } from "../session.js";

export function register(program: Command, session: Session): void {
  program
    .command("ensemble")
    .description("make several models one, whose answer is the mean of theirs")
    .argument("<name>", "name of the ensemble")
    .argument("<models...>", "two or more models of one task with the same labels")
    .option("--json", "answer as JSON")
    .action(async (name: string, models: string[], { json }: { json?: boolean }) => {
      const { model } = (await session.client.execute(CREATE_ENSEMBLE, { input: { name, models } })).createEnsemble;
      if (json) return session.json(model);
      session.terminal.out(`${model.name}  ${model.task} of ${model.members.map((member) => member.name).join(", ")}`);
      session.terminal.err(`Try: npx maillard predict "CC(=O)OCCC1=CC=CC=C1" --model ${model.name}`);
    });
}
