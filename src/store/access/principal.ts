/**
 * Who asks: what a key (or a server without keys) may do, and which projects it sees. One is made for each request or
 * WebSocket, and everything that decides about access reads it.
 */
import type { KeyRole } from "../generated/enums.js";

/** Of the models that ship and the sample: everyone sees it, and only the package writes to it. */
export const SHARED_PROJECT = "shared";
/** Where a server without keys, and an administrator without a project, puts what is made. */
export const DEFAULT_PROJECT = "default";

export interface Principal {
  /** Id of the row of the key; null: no key is needed, or the key is one of MAILLARD_API_KEYS. */
  keyId: string | null;
  /** Shown in the audit log. */
  name: string;
  role: KeyRole;
  /** Ids of the projects that it sees besides SHARED_PROJECT, in order; null: every project. */
  projects: readonly string[] | null;
  /** Where what it makes belongs. */
  project: string;
  /** Cost points that its row allows in a minute; null or absent: as many as the server allows keys (limits.ts). */
  pointsPerMinute?: number | null;
}

/** The client of a server without keys, which listens on a loopback address alone. */
export const LOCAL: Principal = {
  keyId: null,
  name: "local",
  role: "ADMIN",
  projects: null,
  project: DEFAULT_PROJECT,
};

/** Who has a key of MAILLARD_API_KEYS. */
export const OPERATOR: Principal = { ...LOCAL, name: "MAILLARD_API_KEYS" };

/** The package itself, which brings the shipped models and the sample. */
export const PACKAGE: Principal = { ...LOCAL, name: "package", project: SHARED_PROJECT };

/** Columns of a row that say whose it is. */
export interface Owner {
  projectId: string;
  createdById: string | null;
}

export const ownerOf = ({ project, keyId }: Principal): Owner => ({ projectId: project, createdById: keyId });

/** Ids of the projects that a principal sees, the shared one among them; null: all. */
export const projectsSeen = ({ projects }: Pick<Principal, "projects">): string[] | null =>
  projects && [...new Set([...projects, SHARED_PROJECT])];

/** Whether it may change a row that it sees: what is shared is changed by administrators. */
export const mayChange = ({ projects }: Principal, { projectId }: { projectId: string }): boolean =>
  projects === null || projects.includes(projectId);

/** Projects whose names are taken for what a principal makes: its own, and everyone's. */
export const namedIn = ({ project }: Pick<Principal, "project">): string[] => [...new Set([project, SHARED_PROJECT])];

/**
 * The project of what a model computes: the model's own. Of a shared model it is that of the one who asks, so that no
 * project learns which molecules another one has asked of it.
 */
export const computedIn = ({ projectId }: { projectId: string }, { project }: Pick<Principal, "project">): string =>
  projectId === SHARED_PROJECT ? project : projectId;

/**
 * Of rows of one name, the one that the name means: of the principal's own project, else of its other projects in
 * their order, else the shared one, else the oldest.
 */
export function preferred<Row extends { projectId: string; createdAt: Date }>(
  { project, projects }: Principal,
  rows: readonly Row[],
): Row | null {
  const order = [project, ...(projects ?? [DEFAULT_PROJECT]), SHARED_PROJECT];
  const place = ({ projectId }: Row): number => {
    const found = order.indexOf(projectId);
    return found < 0 ? order.length : found;
  };
  const [first = null] = rows.toSorted((a, b) => place(a) - place(b) || a.createdAt.getTime() - b.createdAt.getTime());
  return first;
}
