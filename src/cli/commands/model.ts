/**
 * `maillard model`: registers a checkpoint in Hugging Face layout, from a folder or from a hub; downloads listed and
 * cancelled; models sent and taken as files.
 */

import { basename, resolve } from "node:path";
import { type Command, Option } from "commander";
import { amount } from "../../words.js";
import { CANCEL_MODEL_DOWNLOAD, MODEL_DOWNLOADS } from "../documents/download.js";
import { ADD_MODEL } from "../documents/model.js";
import { CommandFailure, EXIT, usage } from "../failure.js";
import { FORMATS, modelToFile } from "../files/export-model.js";
import { sendModel } from "../files/send-model.js";
import { type Limit, limitOption } from "../flags/limit.js";
import { partOption } from "../flags/split-option.js";
import { followDownload, megabytes } from "../follow/follow-download.js";
import { type QuantizeOptions, quantizeModel } from "../follow/quantize-model.js";
import type { AddModelMutation, ModelDownloadsQuery } from "../generated/graphql.js";
import { type Column, count, moment, percent, renderTable } from "../output/table.js";
import { eachNode, firstNodes } from "../pages.js";
import type { Session } from "../session.js";

type Model = NonNullable<AddModelMutation["addModel"]["model"]>;
type Download = ModelDownloadsQuery["modelDownloads"]["edges"][number]["node"];

interface Options {
  name?: string;
  target?: string;
  json?: boolean;
}

const HUB = "hf:";
const HELP = `
From the hub: npx maillard model add hf:seyonec/PubChem10M_SMILES_BPE_450k (or hf:owner/name@revision).
The server downloads it. After a broken connection or a restart it continues where it was. Ctrl-C leaves the
download to the server; the same command shows it again. The server's HF_ENDPOINT names another hub, and HF_TOKEN
gives access to private repositories. Without access to the hub, copy config.json, model.safetensors (or
pytorch_model.bin) and the tokenizer's files to the server's machine and add that folder.`;

const EXPORT_HELP = `
huggingface: config.json, model.safetensors and the tokenizer, for transformers and "maillard model upload".
onnx: for ONNX Runtime and transformers.js; README.md has its inputs and outputs, and two programs that run it.
triton: a folder of a Triton (or KServe) model repository.
An ensemble is exported as its members with their weights, a probe as its base model and its linear layer.`;

export function register(program: Command, session: Session): void {
  const model = program.command("model").description("manage models");
  model
    .command("add")
    .description("register a checkpoint (config.json, model.safetensors or pytorch_model.bin, tokenizer files)")
    .argument(
      "<source>",
      "folder on the server's machine, under one of its MAILLARD_MODEL_ROOTS, which is copied; " +
        "or hf:owner/name[@revision]",
    )
    .option("-n, --name <name>", "name of the model (default: that of the folder or repository)")
    .option("-t, --target <label set>", "label set that its head predicts")
    .option("--json", "answer as JSON")
    .addHelpText("after", HELP)
    .action((source: string, options: Options) => add(session, source, options));
  model
    .command("upload")
    .description("send a checkpoint of this machine to the server")
    .argument("<path>", "folder in Hugging Face layout, or a .tar or .tar.gz of one")
    .option("-n, --name <name>", "name of the model (default: that of the folder or file)")
    .option("-t, --target <label set>", "label set that its head predicts")
    .option("--json", "answer as JSON")
    .action(async (path: string, { name, target, json }: Options) => {
      const made = await sendModel(session, path, { name, target });
      if (!made) return;
      if (json) session.json(made);
      else report(session, made);
    });
  model
    .command("quantize")
    .description("register a model in int8 under a name of its own: faster on CPUs, with answers that differ a little")
    .argument("<model>", "name of a model of float32")
    .option("-n, --name <name>", "name of the new model (default: that of the model with -int8 behind it)")
    .option("-d, --dataset <name>", "labelled dataset on which both are scored and compared")
    .option("--column <label set>", "score only one part: the label set whose values are train, validation and test")
    .addOption(partOption())
    .option("--json", "answer as JSON: the model, and the comparison of --dataset")
    .action((name: string, options: QuantizeOptions) => quantizeModel(session, name, options));
  model
    .command("export")
    .description("take a model away, for other programs")
    .argument("<model>", "name of the model")
    .requiredOption("--to <path>", "new folder, or a file that ends in .tar.gz or .tgz; of triton the model repository")
    .addOption(new Option("--format <format>", "of the files").choices(FORMATS).default(FORMATS[0]))
    .addHelpText("after", EXPORT_HELP)
    .action((name: string, { to, format }: { to: string; format: string }) => modelToFile(session, name, to, format));
  model
    .command("downloads")
    .description("list the downloads of models, newest first")
    .addOption(limitOption().default(20))
    .option("--json", "answer as JSON")
    .action(async ({ limit, json }: Limit & { json?: boolean }) => {
      const downloads = await firstNodes(allDownloads(session), limit);
      if (json) return session.json(downloads);
      session.lines(renderTable(COLUMNS, downloads));
      for (const { name, error } of downloads)
        if (error) session.terminal.out(`${name}: ${error.code}  ${error.message}`);
    });
  model
    .command("cancel")
    .description("end the download of a model; what was fetched is removed")
    .argument("<name>", "name that the model was to get")
    .action(async (name: string) => {
      for await (const download of allDownloads(session)) {
        if (download.name !== name) continue;
        const answer = await session.client.execute(CANCEL_MODEL_DOWNLOAD, { id: download.id });
        const { status } = answer.cancelModelDownload.download;
        session.terminal.out(`${name}: ${status === "RUNNING" ? "stops" : status}`);
        return;
      }
      const reason = `There is no download of the name ${JSON.stringify(name)}`;
      throw new CommandFailure("NOT_FOUND", `${reason}. List them with: npx maillard model downloads`);
    });
}

const COLUMNS: readonly Column<Download>[] = [
  { title: "model", value: ({ name }) => name },
  { title: "from", value: ({ hub, revision }) => `${hub}@${revision}` },
  { title: "status", value: ({ status }) => status },
  { title: "size", value: ({ totalBytes }) => megabytes(totalBytes), align: "right" },
  { title: "done", value: ({ bytes, totalBytes }) => percent(bytes / Math.max(1, totalBytes)), align: "right" },
  { title: "started", value: ({ createdAt }) => moment(createdAt) },
];

const allDownloads = (session: Session): AsyncIterable<Download> =>
  eachNode(async (page) => (await session.client.execute(MODEL_DOWNLOADS, page)).modelDownloads);

async function add(session: Session, source: string, { name, target, json }: Options): Promise<void> {
  const wanted = sourceOf(source);
  const given = name ?? basename(wanted.hub ?? wanted.folder ?? "");
  const input = { ...wanted, name: given, target: target ?? null };
  const answer = (await session.client.execute(ADD_MODEL, { input })).addModel;
  const model = answer.download ? await fetched(session, answer.download, source) : answer.model;
  if (!model) return;
  if (json) return session.json(model);
  report(session, model);
}

interface Source {
  folder?: string;
  hub?: string;
  revision?: string;
}

function sourceOf(source: string): Source {
  if (!source.startsWith(HUB)) return { folder: resolve(source) };
  const [, hub, revision] = /^([^@]+)(?:@(.+))?$/.exec(source.slice(HUB.length)) ?? [];
  if (hub) return { hub, revision };
  throw usage("Give a repository as hf:owner/name or hf:owner/name@revision.");
}

async function fetched(
  session: Session,
  download: { id: string; name: string },
  source: string,
): Promise<Model | null> {
  const ended = await followDownload(session, download);
  if (!ended) {
    session.exitCode = EXIT.interrupted;
    session.terminal.err(
      `The server goes on with ${download.name}. Come back with the same command (${source}); end it with: ` +
        `npx maillard model cancel ${download.name}`,
    );
    return null;
  }
  if (ended.error) throw new CommandFailure(ended.error.code, ended.error.message);
  if (!ended.model) throw new CommandFailure("CANCELLED", `The download of ${download.name} was cancelled.`);
  return ended.model;
}

type Reported = Pick<Model, "name" | "family" | "layers" | "width" | "heads" | "parameterCount" | "labels">;

function report(session: Session, { name, family, layers, width, heads, parameterCount, labels }: Reported): void {
  const head = labels ? `, ${amount(labels.length, "class or target", "classes, labels or targets")}` : "";
  session.terminal.out(
    `${name}: ${family}, ${layers} x ${width}, ${heads} heads, ${count(parameterCount)} weights${head}`,
  );
  const example = labels ? `npx maillard predict "CCO" --model ${name}` : `npx maillard embed "CCO" --model ${name}`;
  session.terminal.err(`Try: ${example}`);
}
