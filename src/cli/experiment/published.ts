/**
 * What the published analysis of FooDB 2020 learned of each label set: the 7 most frequent superclasses, the 10 most
 * frequent flavors with fewer than 200 rows, the 10 most frequent health effects, and of the ontology terms of level 4
 * and of level 5 with at most 500 rows the 10 most frequent. Its counts are of rows (compound x flavor); ours are of
 * molecules.
 */
import type { ExperimentOptions } from "./types.js";

/** Name of the dataset that `maillard import foodb` makes. */
export const FOODB = "foodb";

export const PUBLISHED_TARGETS = ["superclass", "flavor", "health_effect", "ontology4", "ontology5"];

export const PUBLISHED_SELECTION: Readonly<Record<string, ExperimentOptions["rules"]>> = {
  superclass: { topClasses: 7 },
  flavor: { maxClassSize: 199, topClasses: 10 },
  health_effect: { topClasses: 10 },
  ontology4: { maxClassSize: 500, topClasses: 10 },
  ontology5: { maxClassSize: 500, topClasses: 10 },
};

/**
 * The split of rows behind the published numbers of such a target. With several labels per molecule, each label is a
 * row. Classes of FooDB: its compounds joined with their flavors, one row each. Otherwise a molecule has one row, and a
 * split of rows is a random split of molecules. Null: the finetune already used it.
 */
export function rowSplitOf(
  { dataset, split }: Pick<ExperimentOptions, "dataset" | "split">,
  { kind, flavored }: { kind: string; flavored: boolean },
): { split: ExperimentOptions["split"]; why: string } | null {
  if (kind === "MULTI_LABEL")
    return { split: { strategy: "ROW" }, why: "a row for each label of a molecule, taught that label" };
  if (kind === "SINGLE_LABEL" && dataset === FOODB && flavored)
    return {
      split: { strategy: "ROW", column: "flavor" },
      why:
        "a row for each flavor of a molecule, with its class, as the published analysis joined them; " +
        "molecules without a flavor have no row, so it is also another, smaller set",
    };
  if (split.strategy === "RANDOM") return null;
  return {
    split: { strategy: "RANDOM" },
    why: "a molecule has one row here, so the published split of rows is a random split of molecules",
  };
}
