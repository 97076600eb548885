/**
 * The files of a hub's repository at a revision that a model needs, with size and checksum of each. The revision is
 * resolved to the sha of a commit here, so that every file comes from the same commit.
 *
 *   GET  /api/models/{name}/revision/{revision}?blobs=true   sha; siblings: names, sizes, git and LFS checksums
 *   HEAD /{name}/resolve/{sha}/{file}                         for what a mirror left out: X-Linked-Size, X-Linked-ETag
 */
import { MaillardError } from "../../errors.js";
import {
  CONFIG_FILE,
  hasWeights,
  isPickle,
  TOKENIZER_FILES,
  TORCH_WEIGHTS_FILE,
  WEIGHTS_FILE,
  weightFiles,
} from "../checkpoint/files.js";
import { CHECKPOINT_LIMITS } from "../checkpoint/limits.js";
import { checkRepository, checkRevision, type Hub } from "./address.js";
import { protocolError, refusal, refusedElsewhere, tooLarge } from "./errors.js";
import { askHub, type HubAnswer, readText } from "./request.js";
import { severalTimes, type Tries } from "./tries.js";

export interface HubFile {
  name: string;
  bytes: number;
  checksum: Checksum;
}

/** git-sha1: of "blob <bytes>\0" and the content, as git names a file. */
interface Checksum {
  kind: "sha256" | "git-sha1";
  /** In hex. */
  value: string;
}

export interface HubRepository {
  name: string;
  /** Sha of the commit. */
  commit: string;
  files: HubFile[];
}

export interface Limits {
  /** Of model.safetensors, or its parts together: 8 GiB. The largest encoder that this project loads has 1.4. */
  weightsBytes: number;
  /** Of pytorch_model.bin, or its parts together, which are written anew as safetensors: 2 GiB. */
  pickleBytes: number;
  /** Of README.md, which is part of the model's row: 1 MiB. A longer one is left out. */
  cardBytes: number;
  /** Of every other file: 64 MiB. */
  otherBytes: number;
}
const LIMITS: Limits = {
  weightsBytes: 8 * 2 ** 30,
  pickleBytes: 2 * 2 ** 30,
  cardBytes: CHECKPOINT_LIMITS.cardBytes.most,
  otherBytes: 64 * 2 ** 20,
};

const MOST_API_BYTES = 16 * 2 ** 20;
const CARD = "README.md";
const SHA = /^[0-9a-f]{40}$/;
const SHA256 = /^[0-9a-f]{64}$/;

interface Sibling {
  rfilename: string;
  size?: unknown;
  blobId?: unknown;
  lfs?: { sha256?: unknown; size?: unknown } | null;
}

export interface RepositoryOptions extends Tries {
  limits?: Limits;
  /** Silence after which a connection counts as broken, in ms. Default 30,000. */
  idleMs?: number;
  /**
   * Whether the weights are asked for, too. Of a gated repository everyone may read the list; without this, files that
   * lie here from another download would be given to whom the hub gives none.
   */
  asksWeights?: boolean;
}

/** A client waits for the answer, so a broken connection or a fault of the hub gets a few tries only (tries.ts). */
export async function readRepository(
  hub: Hub,
  name: string,
  revision: string,
  { limits = LIMITS, asksWeights = false, ...options }: RepositoryOptions = {},
): Promise<HubRepository> {
  checkRepository(name);
  checkRevision(revision);
  const { commit, siblings } = parse(await severalTimes(() => readListing(hub, name, revision, options), options));
  const files: HubFile[] = [];
  for (const sibling of needed(siblings, name)) {
    const listed = asksWeights && hasWeights(sibling.rfilename) ? null : described(sibling);
    const file = listed ?? (await severalTimes(() => headOf(hub, name, commit, sibling.rfilename, options), options));
    const maximum = limitOf(file, limits);
    if (file.name === CARD && file.bytes > maximum) continue;
    if (file.bytes > maximum) throw tooLarge(`${file.name} of ${name}`, file.bytes, maximum);
    files.push(file);
  }
  const weights = files.filter((file) => hasWeights(file.name));
  const together = weights.reduce((sum, { bytes }) => sum + bytes, 0);
  const most = Math.max(...weights.map((file) => limitOf(file, limits)));
  if (together > most) throw tooLarge(`the weights of ${name}`, together, most);
  return { name, commit, files };
}

function limitOf({ name }: HubFile, limits: Limits): number {
  if (hasWeights(name)) return isPickle(name) ? limits.pickleBytes : limits.weightsBytes;
  return name === CARD ? limits.cardBytes : limits.otherBytes;
}

async function readListing(
  hub: Hub,
  name: string,
  revision: string,
  { signal, idleMs }: RepositoryOptions,
): Promise<string> {
  const path = `/api/models/${name}/revision/${encodeURIComponent(revision)}?blobs=true`;
  const answer = await askHub(hub, path, { signal, idleMs, headers: { accept: "application/json" } });
  if (answer.status !== 200) throw refused(answer, `repository ${name} at revision ${revision}`, hub);
  return readText(answer.body, MOST_API_BYTES);
}

export const filePath = (name: string, commit: string, file: string): string => `/${name}/resolve/${commit}/${file}`;

export function refused(answer: HubAnswer, what: string, hub: Hub): MaillardError {
  answer.body.destroy();
  if (answer.elsewhere && [401, 403, 404, 410].includes(answer.status)) return refusedElsewhere(answer.status, what);
  return refusal({ status: answer.status, headers: answer.headers }, what, hub.token !== undefined);
}

function parse(text: string): { commit: string; siblings: Sibling[] } {
  let value: { sha?: unknown; siblings?: unknown } | null;
  try {
    value = JSON.parse(text);
  } catch {
    throw protocolError("it is no JSON");
  }
  const { sha, siblings } = value ?? {};
  if (typeof sha !== "string" || !SHA.test(sha)) throw protocolError("it names no commit");
  if (!Array.isArray(siblings)) throw protocolError("it lists no files");
  const sound = siblings.filter((entry): entry is Sibling => typeof entry?.rfilename === "string");
  return { commit: sha, siblings: sound };
}

/**
 * config.json, the tokenizer, the card, the weights in the best of their forms. Only known names: none has a slash.
 */
function needed(siblings: readonly Sibling[], name: string): Sibling[] {
  const known = new Map(siblings.map((sibling) => [sibling.rfilename, sibling]));
  const weights = weightFiles(known.keys());
  const names = [...known.keys()];
  const details = { files: names.slice(0, 50) };
  if (!known.has(CONFIG_FILE))
    throw new MaillardError("CHECKPOINT_INVALID", `${name} has no ${CONFIG_FILE}: it holds no model.`, {
      param: "hub",
      details,
    });
  if (!weights.some(hasWeights))
    throw new MaillardError(
      "CHECKPOINT_UNSUPPORTED",
      `${name} cannot be used: it has no weights of PyTorch; ${WEIGHTS_FILE} or ${TORCH_WEIGHTS_FILE} is read, in ` +
        "one piece or in several with their index.",
      { param: "hub", details },
    );
  if (!["tokenizer.json", "vocab.json", "vocab.txt"].some((file) => known.has(file)))
    throw new MaillardError(
      "CHECKPOINT_INVALID",
      `${name} has no tokenizer: tokenizer.json, or vocab.json, or vocab.txt is needed.`,
      { param: "hub", details },
    );
  const wanted = [CONFIG_FILE, ...TOKENIZER_FILES, CARD, ...weights];
  return wanted.flatMap((file) => known.get(file) ?? []);
}

/** Null when size or checksum is missing. */
function described({ rfilename: name, size, blobId, lfs }: Sibling): HubFile | null {
  const bytes = lfs ? (lfs.size ?? size) : size;
  if (typeof bytes !== "number" || !Number.isSafeInteger(bytes) || bytes < 0) return null;
  const checksum = checksumOf(lfs ? lfs.sha256 : blobId);
  return checksum && { name, bytes, checksum };
}

async function headOf(
  hub: Hub,
  name: string,
  commit: string,
  file: string,
  { signal, idleMs }: RepositoryOptions,
): Promise<HubFile> {
  const answer = await askHub(hub, filePath(name, commit, file), { signal, idleMs, method: "HEAD", leave: false });
  if (answer.status !== 200) throw refused(answer, `${file} of ${name}`, hub);
  answer.body.destroy();
  const header = (key: string): string | undefined => answer.own[key] as string | undefined;
  // Of a redirect, ETag and length are those of the redirect itself.
  const etag = header("x-linked-etag") ?? (answer.elsewhere ? undefined : header("etag"));
  const size = header("x-linked-size") ?? (answer.elsewhere ? undefined : header("content-length"));
  const checksum = checksumOf(etag?.replace(/^(W\/)?"(.*)"$/, "$2"));
  if (!checksum || size === undefined || !/^\d{1,15}$/.test(size))
    throw protocolError(`it names neither size nor checksum of ${file}`, { file });
  return { name: file, bytes: Number(size), checksum };
}

function checksumOf(value: unknown): Checksum | null {
  if (typeof value !== "string") return null;
  if (SHA256.test(value)) return { kind: "sha256", value };
  return SHA.test(value) ? { kind: "git-sha1", value } : null;
}
