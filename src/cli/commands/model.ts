/** `maillard model add`: registers a checkpoint in Hugging Face layout. */
import { resolve } from "node:path";
import type { Command } from "commander";
import { ADD_MODEL } from "../documents/model.js";
import type { Session } from "../session.js";
import { count } from "../table.js";

export function register(program: Command, session: Session): void {
  program
    .command("model")
    .description("manage models")
    .command("add")
    .description("register a checkpoint folder (config.json, model.safetensors or pytorch_model.bin, tokenizer files)")
    .argument("<folder>", "folder on the server's machine, under one of its MAILLARD_MODEL_ROOTS; it is copied")
    .requiredOption("-n, --name <name>", "name of the model")
    .option("-t, --target <label set>", "label set that its head predicts")
    .option("--json", "answer as JSON")
    .action(async (folder: string, options: { name: string; target?: string; json?: boolean }) => {
      const input = { name: options.name, folder: resolve(folder), target: options.target ?? null };
      const { model } = (await session.client.execute(ADD_MODEL, { input })).addModel;
      if (options.json) return session.json(model);
      const { name, family, layers, width, heads, parameterCount, labels } = model;
      const head = labels ? `, ${labels.length} classes` : "";
      session.terminal.out(
        `${name}: ${family}, ${layers} x ${width}, ${heads} heads, ${count(parameterCount)} weights${head}`,
      );
      const example = labels
        ? `npx maillard predict "CCO" --model ${name}`
        : `npx maillard embed "CCO" --model ${name}`;
      session.terminal.err(`Try: ${example}`);
    });
}
