/**
 * Keys of the API made, rotated and revoked. A key is in the answer of `createKey` and `rotateKey` alone.
 * Which of them may be the first and the last: src/store/access/keys.ts.
 */
import { checkName } from "../../datasets/request.js";
import { MaillardError } from "../../errors.js";
import type { KeyRing } from "../../store/access/key-ring.js";
import {
  type Asker,
  hashOf,
  insertKey,
  type KeyRow,
  newSecret,
  revokeKey as revokeRow,
  rotateKey as rotateRow,
} from "../../store/access/keys.js";
import {
  DEFAULT_PROJECT,
  LOCAL,
  OPERATOR,
  PACKAGE,
  type Principal,
  SHARED_PROJECT,
} from "../../store/access/principal.js";
import type { KeyRole } from "../../store/generated/enums.js";
import type { Store } from "../../store/index.js";

/** Names that the audit log has for clients without a row. */
const TAKEN = new Set([LOCAL, OPERATOR, PACKAGE].map(({ name }) => name));
const MOST_PROJECTS = 20;
/** A week. */
const LONGEST_OVERLAP_MINUTES = 7 * 24 * 60;
const OWN_OVERLAP_MINUTES = 1;

export interface KeyParts {
  store: Store;
  keys: KeyRing;
}

export interface KeyRequest {
  name: string;
  role: KeyRole;
  /** Default: "default". */
  projects?: readonly string[] | null;
  expiresAt?: Date | null;
}

export interface MadeKey {
  /** The secret. */
  key: string;
  apiKey: KeyRow;
}

export async function createKey({ store, keys }: KeyParts, request: KeyRequest, asker: Asker): Promise<MadeKey> {
  const { name, role } = request;
  checkName(name, "name");
  if (TAKEN.has(name))
    throw new MaillardError("BAD_INPUT", `${name} is what the audit log calls another client.`, { param: "name" });
  const projects = [...new Set(request.projects?.length ? request.projects : [DEFAULT_PROJECT])];
  checkProjects(projects);
  const expiresAt = future(request.expiresAt);
  const key = newSecret();
  const apiKey = await insertKey(store, { name, role, projects, expiresAt }, hashOf(key), asker);
  await keys.refresh();
  return { key, apiKey };
}

export interface RotateRequest {
  id: string;
  overlapMinutes: number;
  expiresAt?: Date | null;
}

/** The key that asks works on for a minute at least, so that its next secret is not lost with the answer. */
export async function rotateKey(
  { store, keys }: KeyParts,
  request: RotateRequest,
  { keyId }: Pick<Principal, "keyId">,
): Promise<MadeKey> {
  const { id, overlapMinutes: given } = request;
  const overlapMinutes = id === keyId && given === 0 ? OWN_OVERLAP_MINUTES : given;
  if (!Number.isInteger(overlapMinutes) || overlapMinutes < 0 || overlapMinutes > LONGEST_OVERLAP_MINUTES) {
    const rule = `it must be 0 to ${LONGEST_OVERLAP_MINUTES} (a week).`;
    throw new MaillardError("BAD_INPUT", `\`overlapMinutes\` is ${overlapMinutes}: ${rule}`, {
      param: "overlapMinutes",
      details: { maximum: LONGEST_OVERLAP_MINUTES },
    });
  }
  const expiresAt = future(request.expiresAt);
  const key = newSecret();
  const apiKey = await rotateRow(store, id, { hash: hashOf(key), overlapMinutes, expiresAt });
  await keys.refresh();
  return { key, apiKey };
}

/** Its connections are closed when this resolves; those of other servers at their next event. */
export async function revokeKey({ store, keys }: KeyParts, id: string, asker: Asker): Promise<KeyRow> {
  const row = await revokeRow(store, id, asker);
  await keys.refresh();
  return row;
}

function checkProjects(projects: readonly string[]): void {
  const param = "projects";
  if (projects.length > MOST_PROJECTS) {
    const message = `A key has at most ${MOST_PROJECTS} projects; ${projects.length} were given.`;
    throw new MaillardError("TOO_MANY_ITEMS", message, {
      param,
      details: { maximum: MOST_PROJECTS, actual: projects.length },
    });
  }
  for (const name of projects) checkName(name, param);
  if (projects.includes(SHARED_PROJECT)) {
    const message = `The project ${SHARED_PROJECT} holds what ships with Maillard: every key sees it. Leave it out.`;
    throw new MaillardError("BAD_INPUT", message, { param });
  }
}

function future(expiresAt: Date | null | undefined): Date | null {
  if (!expiresAt) return null;
  if (expiresAt.getTime() > Date.now()) return expiresAt;
  const message = `\`expiresAt\` is ${expiresAt.toISOString()}, which is past. Give a later time.`;
  throw new MaillardError("BAD_INPUT", message, { param: "expiresAt" });
}
