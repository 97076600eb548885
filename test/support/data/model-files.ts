/** Models as archives, and composed models to be exported. */
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gunzipSync } from "node:zlib";
import { extract, pack } from "tar-stream";
import { loadCheckpoint, saveCheckpoint } from "../../../src/model/checkpoint/checkpoint.js";
import { copyTokenizer } from "../../../src/model/checkpoint/files.js";
import { addLora, loraB, loraPlan, mergeLora } from "../../../src/model/lora.js";
import { type Probe, writeProbe } from "../../../src/model/probe.js";
import { ensembleData } from "../../../src/store/ensembles.js";
import { fingerprintProbeData } from "../../../src/store/fingerprint-probe.js";
import type { Model } from "../../../src/store/generated/client.js";
import { newId, registerData, registerModel, type Store } from "../../../src/store/index.js";
import { FIXTURES } from "../api.js";

/** The files of a tar.gz by path. */
export async function unpacked(archive: Buffer): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const untar = extract();
  Readable.from([gunzipSync(archive)]).pipe(untar as never);
  for await (const entry of untar) {
    const parts: Buffer[] = [];
    for await (const chunk of entry) parts.push(chunk as Buffer);
    files.set(entry.header.name, Buffer.concat(parts));
  }
  return files;
}

export async function tar(files: Record<string, string | Buffer>): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of Object.entries(files)) archive.entry({ name }, content as string);
  archive.finalize();
  const parts: Buffer[] = [];
  for await (const chunk of archive) parts.push(chunk as Buffer);
  return Buffer.concat(parts);
}
export const checkpointFiles = async (name: string): Promise<Record<string, Buffer>> => {
  const names = await readdir(join(FIXTURES, name));
  return Object.fromEntries(
    await Promise.all(names.map(async (file) => [file, await readFile(join(FIXTURES, name, file))])),
  );
};
const PROBE: Probe = {
  task: "SINGLE_LABEL",
  labels: ["alcohol", "ester", "other"],
  coefficients: [0, 1, 2].map((row) => Array.from({ length: 32 }, (_, i) => Math.sin(row + i))),
  intercepts: [0, 0.5, -0.5],
};

/**
 * `merged`: with merged low-rank matrices; `linear`: a probe on it; `bits`: one on 64 bits; `both`: an ensemble of
 * these; `old`: a tokenizer of vocab.txt alone.
 */
export async function addComposed(store: Store, folder: string): Promise<void> {
  const merged = join(folder, "merged");
  const checkpoint = await loadCheckpoint(join(FIXTURES, "tiny-roberta"));
  const plan = loraPlan(checkpoint.config, { rank: 2, alpha: 4, targets: ["query", "value"] });
  const weights = addLora(checkpoint.weights, plan, 1);
  for (const stem of plan.stems) weights.get(loraB(stem))?.data.fill(0.03);
  await saveCheckpoint(merged, { ...checkpoint, weights: mergeLora(weights, plan) });
  await copyTokenizer(join(FIXTURES, "tiny-roberta"), merged);
  const artifact = join("models", newId());
  await mkdir(store.artifacts.path("models"), { recursive: true });
  await cp(merged, store.artifacts.path(artifact), { recursive: true });
  const lora = await registerModel(store, { name: "merged", folder: store.artifacts.path(artifact), artifact });
  const written = writeProbe(PROBE);
  await store.artifacts.write("models/probe/probe.json", written);
  const row = fingerprintProbeData(PROBE, {
    name: "linear",
    text: written,
    artifact: "models/probe",
    target: null,
    card: "# linear\n",
  });
  await registerData(store, {
    ...row,
    family: "roberta",
    checksum: "probe",
    composition: { kind: "PROBE", base: lora.id, pooling: "MEAN" },
  });
  const bits = { ...PROBE, coefficients: PROBE.coefficients.map((values) => [...values, ...values]) };
  await store.artifacts.write("models/bits/probe.json", writeProbe(bits));
  const described = { name: "bits", text: writeProbe(bits), artifact: "models/bits", target: null, card: "# bits\n" };
  await registerData(store, fingerprintProbeData(bits, described));
  const members = await Promise.all(
    ["merged", "bits"].map((name) => store.prisma.model.findFirstOrThrow({ where: { name } })),
  );
  const labelled = members.map((member) => ({ ...member, labels: PROBE.labels })) as Model[];
  await registerData(store, { ...ensembleData("both", labelled, [3, 1]), card: "# both\n" });
  const old = join(folder, "old");
  await cp(merged, old, { recursive: true });
  for (const file of ["tokenizer.json", "tokenizer_config.json"]) await rm(join(old, file));
  const tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "C", "O", "(", ")", "="];
  await writeFile(join(old, "vocab.txt"), tokens.map((token) => `${token}\n`).join(""));
  await cp(old, store.artifacts.path("models/old"), { recursive: true });
  await registerModel(store, { name: "old", folder: old, artifact: "models/old" });
}
