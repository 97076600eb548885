/**
 * What the published analysis of FooDB 2020 learned of each label set: the 7 most frequent superclasses, the 10 most frequent
 * flavors with fewer than 200 rows, the 10 most frequent health effects, and of the ontology terms of level 4 and of level 5
 * with at most 500 rows the 10 most frequent. Its counts are of rows (compound x flavor); ours are of molecules.
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
