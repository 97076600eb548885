/** The columns of a probe on fingerprints or counts: it has no transformer, so the columns that describe one are 0. */
import { createHash } from "node:crypto";
import type { Probe } from "../model/probe.js";
import type { Composition } from "./composition.js";
import type { Prisma } from "./generated/client.js";

interface Described {
  name: string;
  /** Content of its file. */
  text: string;
  /** Folder of its file, relative to the artifact store. */
  artifact: string;
  target: string | null;
  /** Markdown. */
  card: string;
}

export function fingerprintProbeData(
  probe: Probe,
  { name, text, artifact, target, card }: Described,
): Omit<Prisma.ModelUncheckedCreateInput, "id"> {
  const composition: Composition = { kind: "FINGERPRINT_PROBE" };
  const width = probe.coefficients[0].length;
  return {
    name,
    artifact,
    target,
    card,
    composition: { ...composition },
    bytes: BigInt(Buffer.byteLength(text)),
    // Of a Morgan fingerprint of radius 2; the text of a probe on counts names its environments.
    checksum: createHash("sha256").update(`probe morgan 2 ${width} ${text}`).digest("hex"),
    family: "morgan",
    task: probe.task,
    labels: probe.labels,
    baseModelId: null,
    layers: 0,
    width,
    heads: 0,
    vocabularySize: 0,
    maxLength: 0,
    parameterCount: BigInt(probe.intercepts.length * (width + 1)),
  };
}
