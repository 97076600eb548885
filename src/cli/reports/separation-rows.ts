/** The rows of a separation table in words. */
import type { SeparationQuery } from "../generated/graphql.js";
import { score } from "../output/table.js";

type Row = SeparationQuery["separation"]["rows"][number];

/** 0.746 ± 0.011 */
export const estimate = ({ value, standardError }: Row["silhouette"]): string =>
  `${score(value)} ± ${score(standardError)}`;

/** Of classes accuracies, of several labels a molecule ROC-AUC. */
export const ofNeighbours = ({ neighbourAccuracy, neighbourRocAuc }: Row): string =>
  either(neighbourAccuracy, neighbourRocAuc);
export const ofProbe = ({ probeAccuracy, probeRocAuc }: Row): string => either(probeAccuracy, probeRocAuc);

function either(accuracy: Row["probeAccuracy"], area: Row["probeRocAuc"]): string {
  const shown = accuracy ?? area;
  return shown ? estimate(shown) : "–";
}

export function representationName({ representation, model }: Row): string {
  if (representation === "EMBEDDING") return model ?? "";
  if (representation === "RANDOM_WEIGHTS") return `${model} with random weights`;
  return representation === "TOKEN_COUNTS" ? `token counts (${model})` : "Morgan fingerprints";
}
