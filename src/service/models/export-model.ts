/**
 * A model as files for other programs, in one of three formats:
 *   huggingface  as it is stored: config.json, model.safetensors, the tokenizer and the card. transformers loads it,
 *                and so does `maillard model upload`
 *   onnx         padded inputs and the names of transformers (src/model/export)
 *   triton       a Triton model repository
 * A composed model is exported as what it is made of. Files that are made lie in a temporary folder until `release`.
 */
import { randomUUID } from "node:crypto";
import { readdir, rm, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { modelExports } from "../../compute/jobs/exports.js";
import { MaillardError } from "../../errors.js";
import { CARD_FILE } from "../../model/checkpoint/card.js";
import { checkpointFilesOf } from "../../model/checkpoint/files.js";
import type { ExportPart } from "../../model/export/write-export.js";
import { PROBE_FILE } from "../../model/probe.js";
import { composedOf } from "../../runs/predictions/scores-of-molecules.js";
import { compositionOf } from "../../store/composition.js";
import type { Model } from "../../store/generated/client.js";
import { modelFolder, presentModelFolder, type Store } from "../../store/index.js";
import { portableTokenizer } from "../../tokenizer/index.js";

export const EXPORT_FORMATS = ["huggingface", "onnx", "triton"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** A file of an export: either a file of this machine, or a text. */
export type ExportEntry = { path: string; bytes: number } & ({ file: string } | { text: string });

export interface ModelExport {
  /** In the order of the archive, the small texts first; paths with slashes. */
  entries: ExportEntry[];
  release(): Promise<void>;
}

export interface ExportParts {
  store: Store;
  home: string;
}

/** Where files that are made lie until they are sent. */
export const exportsFolder = (home: string): string => join(home, "exports");

/** CHECKPOINT_INVALID, OVERLOADED, CANCELLED, TIMEOUT, COMPUTE_CRASHED, DISK_FULL. */
export async function exportModel(
  { store, home }: ExportParts,
  { model, format, signal }: { model: Model; format: ExportFormat; signal: AbortSignal },
): Promise<ModelExport> {
  const models = await composedOf({ store }, model);
  const composition = compositionOf(model);
  const members = composition?.kind === "ENSEMBLE" ? composition.members.map((id) => models.get(id) as Model) : [];
  const exporter = new Exporter({ store, home, models });
  const paths = pathsOf(format, model, members);
  const texts: ExportEntry[] =
    composition?.kind === "ENSEMBLE" ? ensembleTexts(model, members, composition.weights, paths) : [];
  const wanted = (members.length > 0 ? members : [model]).map((one) => ({ one, path: paths.of(one) }));
  if (format !== "huggingface") {
    const made = await exporter.converted(wanted, format, signal);
    return { entries: [...texts, ...made.entries], release: made.release };
  }
  const entries = [...texts];
  for (const { one, path } of wanted) entries.push(...(await exporter.stored(one, path)));
  return { entries, release: async () => undefined };
}

interface Paths {
  /** Folder of a model, with a slash at its end. */
  of(model: Model): string;
  /** Of the texts about an ensemble: a prefix. */
  texts: string;
}

/** Members of an ensemble lie side by side in a Triton repository, and in `members` elsewhere. */
function pathsOf(format: ExportFormat, { name }: Model, members: readonly Model[]): Paths {
  if (members.length === 0) return { of: () => `${name}/`, texts: "" };
  if (format === "triton") return { of: (model) => `${model.name}/`, texts: `${name}.` };
  return { of: (model) => `${name}/members/${model.name}/`, texts: `${name}/` };
}

class Exporter {
  constructor(private readonly parts: ExportParts & { models: ReadonlyMap<string, Model> }) {}

  /** As stored; the base of a probe beside its own file. */
  async stored(model: Model, path: string): Promise<ExportEntry[]> {
    const composition = compositionOf(model);
    const card = textEntry(`${path}${CARD_FILE}`, model.card);
    if (!composition) return this.checkpoint(model, path);
    const probe = await fileEntry(`${path}${PROBE_FILE}`, join(this.folder(model), PROBE_FILE), model);
    if (composition.kind !== "PROBE") return [card, probe];
    const base = this.base(composition.base);
    const note = probeNote(base, composition.pooling);
    return [
      textEntry(`${path}${CARD_FILE}`, `${model.card.trimEnd()}\n\n${note}`),
      probe,
      ...(await this.checkpoint(base, `${path}base/`)),
    ];
  }

  /** In a process of its own, into a temporary folder. */
  async converted(
    wanted: readonly { one: Model; path: string }[],
    format: "onnx" | "triton",
    signal: AbortSignal,
  ): Promise<ModelExport> {
    const folder = join(exportsFolder(this.parts.home), randomUUID());
    const release = () => rm(folder, { recursive: true, force: true });
    try {
      for (const { one } of wanted) await this.checkFiles(one);
      const parts = wanted.map(({ one, path }) => this.part(one, join(folder, path)));
      await modelExports.write({ parts, layout: format }, signal);
      const files = await readdir(folder, { recursive: true, withFileTypes: true });
      const entries: ExportEntry[] = [];
      for (const file of files) {
        if (!file.isFile()) continue;
        const path = join(file.parentPath, file.name);
        const inside = relative(folder, path).split(sep).join("/");
        entries.push({ path: inside, file: path, bytes: (await stat(path)).size });
      }
      entries.sort((a, b) => a.bytes - b.bytes || (a.path < b.path ? -1 : 1));
      return { entries, release };
    } catch (error) {
      await release();
      throw error;
    }
  }

  private part(model: Model, destination: string): ExportPart {
    const composition = compositionOf(model);
    const { name } = model;
    if (!composition) return { name, checkpoint: this.folder(model), probe: null, destination };
    const file = join(this.folder(model), PROBE_FILE);
    if (composition.kind !== "PROBE") return { name, checkpoint: null, probe: { file, pooling: "CLS" }, destination };
    const { base, pooling } = composition;
    return { name, checkpoint: this.folder(this.base(base)), probe: { file, pooling }, destination };
  }

  private async checkpoint(model: Model, path: string): Promise<ExportEntry[]> {
    await this.checkFiles(model);
    const folder = this.folder(model);
    const present = checkpointFilesOf(await readdir(folder)) ?? [];
    const tokenizer = await madeTokenizer(present, folder, model);
    const names = present.filter((name) => name !== CARD_FILE && !Object.hasOwn(tokenizer, name)).sort();
    const files = await Promise.all(names.map((name) => fileEntry(`${path}${name}`, join(folder, name), model)));
    files.sort((a, b) => a.bytes - b.bytes);
    const texts = Object.entries({ [CARD_FILE]: model.card || `# ${model.name}\n`, ...tokenizer });
    return [...texts.map(([name, text]) => textEntry(`${path}${name}`, text)), ...files];
  }

  /** MODEL_FILES_MISSING, CHECKPOINT_INVALID. */
  private async checkFiles(model: Model): Promise<void> {
    const composition = compositionOf(model);
    await presentModelFolder(this.parts.store, model);
    const names = await readdir(this.folder(model)).catch((): string[] => []);
    const isThere = composition ? names.includes(PROBE_FILE) : checkpointFilesOf(names) !== null;
    if (!isThere) throw gone(model);
    if (composition?.kind === "PROBE") await this.checkFiles(this.base(composition.base));
  }

  private folder(model: Model): string {
    return modelFolder(this.parts.store, model);
  }

  private base(id: string): Model {
    return this.parts.models.get(id) as Model;
  }
}

/**
 * Files by name for a folder that has vocab.txt alone: it does not say that its tokens are atoms, and transformers
 * would split them in another way.
 */
async function madeTokenizer(present: readonly string[], folder: string, { maxLength }: Model) {
  if (!present.includes("vocab.txt") || present.includes("tokenizer.json") || present.includes("vocab.json")) return {};
  const { json, config } = await portableTokenizer(folder, maxLength);
  return { "tokenizer.json": JSON.stringify(json, null, 2), "tokenizer_config.json": JSON.stringify(config, null, 2) };
}

const textEntry = (path: string, text: string): ExportEntry => ({ path, text, bytes: Buffer.byteLength(text) });

async function fileEntry(path: string, file: string, model: Model): Promise<ExportEntry> {
  const found = await stat(file).catch(() => null);
  if (!found) throw gone(model);
  return { path, file, bytes: found.size };
}

const gone = ({ name }: Model): MaillardError =>
  new MaillardError(
    "CHECKPOINT_INVALID",
    `The files of the model ${name} are not on this server's machine: copy them into its MAILLARD_HOME, or ask the ` +
      "server that has them.",
    { param: "model", details: { model: name } },
  );

const READ = { CLS: "first token's vector", MEAN: "mean vector of all tokens" } as const;

const probeNote = ({ name }: Model, pooling: "CLS" | "MEAN"): string =>
  `## Files\n\n\`base\` is the model ${name}, whose ${READ[pooling]} ` +
  "in the last layer is the input. `probe.json` has the linear layer on it: `coefficients` [rows][width] and " +
  "`intercepts`\n[rows]; of two classes one row, the logit of the second. Exported as ONNX both are one graph.\n";

function ensembleTexts(
  model: Model,
  members: readonly Model[],
  given: number[] | undefined,
  paths: Paths,
): ExportEntry[] {
  const weights = given ?? members.map(() => 1 / members.length);
  const what = model.task === "REGRESSION" ? "values" : "probabilities";
  const list = members.map((member, place) => ({
    name: member.name,
    weight: weights[place],
    // From where ensemble.json lies.
    folder: paths.of(member).slice(paths.texts.endsWith("/") ? paths.texts.length : 0, -1),
  }));
  const json = { name: model.name, task: model.task, labels: model.labels, mean: what, members: list };
  const text = [
    `${model.card.trimEnd()}`,
    "## Files",
    `Its answer is the weighted mean of its members' ${what}. Run each, then average:`,
    ["| folder | weight |", "|---|--:|", ...list.map(({ folder, weight }) => `| ${folder} | ${weight} |`)].join("\n"),
    "`ensemble.json` says the same. Ask Maillard for the ensemble again with `maillard ensemble` over the members.",
  ].join("\n\n");
  return [
    textEntry(`${paths.texts}${CARD_FILE}`, `${text}\n`),
    textEntry(`${paths.texts}ensemble.json`, `${JSON.stringify(json, null, 2)}\n`),
  ];
}
