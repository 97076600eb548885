/**
 * Which molecules a model was trained on, as far as rows say: the assignments of the runs that made it, its members and
 * the models that these started from. Of a model that ships or was added from files no row says it.
 */
import { isSequenceTask, type Task } from "../../model/types.js";
import type { SplitName } from "../../scores/types.js";
import { compositionOf } from "../../store/composition.js";
import type { Model } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import type { Molecule, Warning } from "../plan/types.js";

export interface Training {
  runs: string[];
  /** Names of models with a head that no run here made. */
  unknown: string[];
}

/** Two statements for each step back in the history of the model. */
export async function trainingOf({ prisma }: Pick<Store, "prisma">, model: Model): Promise<Training> {
  const runs = new Set<string>();
  const unknown = new Set<string>();
  const seen = new Set<string>();
  for (let level = [model]; level.length > 0; ) {
    for (const { id } of level) seen.add(id);
    const made = await prisma.run.findMany({
      where: { modelId: { in: level.map(({ id }) => id) } },
      select: { id: true, modelId: true, baseModelId: true },
    });
    const runOf = new Map(made.map((run) => [run.modelId, run]));
    const before = level.flatMap((one) => {
      const composition = compositionOf(one);
      if (composition?.kind === "ENSEMBLE") return composition.members;
      const run = runOf.get(one.id);
      if (run) runs.add(run.id);
      else if (isSequenceTask(one.task as Task)) unknown.add(one.name);
      // A layer on fingerprints stands on no model.
      if (composition?.kind === "FINGERPRINT_PROBE") return [];
      const base = composition?.kind === "PROBE" ? composition.base : (run?.baseModelId ?? one.baseModelId);
      return base === null ? [] : [base];
    });
    const next = [...new Set(before)].filter((id) => !seen.has(id));
    level = next.length === 0 ? [] : await prisma.model.findMany({ where: { id: { in: next } } });
  }
  return { runs: [...runs].sort(), unknown: [...unknown].sort() };
}

type Keys = Readonly<Record<"TRAIN" | "VALIDATION", ReadonlySet<string>>>;

/** First blocks of the InChIKeys of their molecules, by split. */
export async function taughtKeys({ pool }: Pick<Store, "pool">, runs: readonly string[]): Promise<Keys> {
  const keys = { TRAIN: new Set<string>(), VALIDATION: new Set<string>() };
  const { rows } = await pool.query<{ key: string; split: Exclude<SplitName, "TEST"> }>(
    `SELECT DISTINCT c."skeletonKey" AS key, a.split::text AS split FROM "RunAssignment" a
     JOIN "DatasetCompound" m ON m.id = a."memberId" JOIN "Compound" c ON c.id = m."compoundId"
     WHERE a."runId" = ANY($1) AND a.split IN ('TRAIN', 'VALIDATION')`,
    [runs],
  );
  for (const { key, split } of rows) keys[split].add(key);
  return keys;
}

/** Choosing is no training: molecules of the validation count as new, and it is said. */
function newMolecules({ count, chosenBy, molecules }: Record<"count" | "chosenBy" | "molecules", number>): string {
  if (count === 0 || count === molecules) return "";
  const these = chosenBy > 0 ? ", these among them" : "";
  return ` \`newMolecules\` has the scores of the ${molecules - count} that it was not trained on${these}.`;
}

/** A run that trained the model was deleted between the order of an evaluation and its work. */
export const deletedWarning = (model: string, count: number): Warning => ({
  code: "TRAINING_UNKNOWN",
  message:
    `${count} of the runs that trained ${model} were deleted meanwhile: which molecules are new to it is not known, ` +
    "and `newMolecules` is left out.",
  details: { models: [model] },
});

/** What the molecules that are scored share with those that the model was made with. */
export function trainingWarnings(
  model: string,
  molecules: readonly Molecule[],
  keys: Keys,
  unknown: readonly string[],
) {
  const warnings: Warning[] = [];
  const count = molecules.filter(({ key }) => keys.TRAIN.has(key)).length;
  const chosenBy = molecules.filter(({ key }) => !keys.TRAIN.has(key) && keys.VALIDATION.has(key)).length;
  if (count + chosenBy > 0)
    warnings.push({
      code: "TRAINED_ON",
      message:
        `As far as runs of this server say, ${model}, or a model that it is made of, was trained on ${count} of the ` +
        `${molecules.length} molecules${chosenBy > 0 ? `, and chosen by ${chosenBy} others (validation)` : ""}; ` +
        "stereoisomers count as the same. The scores flatter it." +
        newMolecules({ count, chosenBy, molecules: molecules.length }),
      details: { count, validation: chosenBy, molecules: molecules.length },
    });
  if (unknown.length > 0)
    warnings.push({
      code: "TRAINING_UNKNOWN",
      message:
        `No run of this server made ${unknown.slice(0, 10).join(", ")}: whether it was trained on molecules of the ` +
        "data is not known.",
      details: { models: unknown },
    });
  return warnings;
}
