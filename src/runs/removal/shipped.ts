/**
 * What ships with the package: models in its folder, and the sample. Their files are never removed. One that an
 * administrator deleted is remembered, so that the next start leaves it out.
 */
import { SAMPLE } from "../../datasets/sample.js";
import { SHARED_PROJECT } from "../../store/access/principal.js";
import type { Store } from "../../store/index.js";
import type { Thing } from "./things.js";

export const ships = ({ kind, projectId, artifact, source, name }: Thing): boolean =>
  projectId === SHARED_PROJECT &&
  (kind === "Model" ? artifact?.startsWith("package:") === true : kind === "Dataset" && isSample(name, source));

const isSample = (name: string, source: string | null): boolean =>
  name === SAMPLE && source?.startsWith("samples/") === true;

/** Names of what ships and was deleted. */
export async function leftOut({ pool }: Pick<Store, "pool">): Promise<{ models: Set<string>; datasets: Set<string> }> {
  const { rows } = await pool.query<{ kind: string; name: string }>(`SELECT kind, name FROM "LeftOut"`);
  const of = (kind: string) => new Set(rows.filter((row) => row.kind === kind).map(({ name }) => name));
  return { models: of("Model"), datasets: of("Dataset") };
}

/** Forgets what was deleted: the next start has it again. */
export async function forgetLeftOut({ pool }: Pick<Store, "pool">): Promise<void> {
  await pool.query(`DELETE FROM "LeftOut"`);
}
