/**
 * One model as a folder for other programs. It runs in a process of its own (compute/jobs/exports.ts).
 *   onnx     config.json, tokenizer.json, tokenizer_config.json, onnx/model.onnx, README.md, as transformers.js
 *            looks for them
 *   triton   config.pbtxt, 1/model.onnx, labels.txt, the tokenizer's files, README.md
 * A probe on fingerprints has probe.json instead of config and tokenizer.
 */
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MaillardError } from "../../errors.js";
import { portableTokenizer } from "../../tokenizer/index.js";
import { formatConfig } from "../checkpoint/config.js";
import { CONFIG_FILE } from "../checkpoint/files.js";
import { readOutline } from "../checkpoint/outline.js";
import { maxTokens } from "../families/index.js";
import { PROBE_FILE, readProbe } from "../probe.js";
import type { Task } from "../types.js";
import { fingerprintModel, loadOnnxModel, ONNX_FILE, type OnnxModel, writeOnnxModel } from "./onnx-model.js";
import { readmeText } from "./readme.js";
import { labelLines, tritonConfig } from "./triton.js";

export interface ExportPart {
  name: string;
  /** Folder of the checkpoint; null: a probe on fingerprints. */
  checkpoint: string | null;
  /** File of the linear probe, and what it reads of the checkpoint. */
  probe: { file: string; pooling: "CLS" | "MEAN" } | null;
  /** Folder to be made. */
  destination: string;
}

export type OnnxLayout = "onnx" | "triton";

/** CHECKPOINT_INVALID, CHECKPOINT_UNSUPPORTED, DISK_FULL. */
export async function writeExport(part: ExportPart, layout: OnnxLayout): Promise<void> {
  try {
    await write(part, layout);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    throw new MaillardError("DISK_FULL", "The disk of the server has no room for the files of this export.", {
      retryable: true,
    });
  }
}

async function write({ name, checkpoint, probe: given, destination }: ExportPart, layout: OnnxLayout): Promise<void> {
  const probe = given && readProbe(await readFile(given.file));
  const outline = checkpoint === null ? null : await readOutline(checkpoint);
  const task: Task = probe?.task ?? outline?.task ?? "ENCODER";
  const labels = probe?.labels ?? outline?.labels ?? [];
  const model: OnnxModel =
    checkpoint === null
      ? fingerprintModel(probe as NonNullable<typeof probe>)
      : await loadOnnxModel(checkpoint, probe && given && { probe, pooling: given.pooling });
  const maxLength = outline && maxTokens(outline.config);
  await mkdir(destination, { recursive: true });
  const text = (file: string, content: string) => writeFile(join(destination, file), content);
  await writeOnnxModel(join(destination, layout === "triton" ? "1" : "onnx", ONNX_FILE), model);
  if (layout === "triton") {
    await text("config.pbtxt", tritonConfig(name, model, { labels: labels.length > 0 }));
    if (labels.length > 0) await text("labels.txt", labelLines(labels));
  }
  if (outline && checkpoint !== null && maxLength !== null) {
    const tokenizer = await portableTokenizer(checkpoint, maxLength);
    await text(CONFIG_FILE, json(formatConfig(outline.config, task, labels)));
    await text("tokenizer.json", json(tokenizer.json));
    await text("tokenizer_config.json", json(tokenizer.config));
  }
  if (given && checkpoint === null) await copyFile(given.file, join(destination, PROBE_FILE));
  await text("README.md", readmeText({ name, task, labels, model, layout, maxLength }));
}

const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;
