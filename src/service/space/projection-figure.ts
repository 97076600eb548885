/** A projection as a picture. */
import { componentAxis, scatterFigure } from "../../analysis/figures/index.js";
import type { ProjectionMethod } from "../../analysis/map-options.js";
import { MaillardError } from "../../errors.js";
import { nothingIn } from "../../runs/space/splits.js";
import type { Split } from "../../store/generated/client.js";
import type { ProjectionAnswer } from "./projection.js";

/** A finished scatter plot of the first two components. */
export function drawProjection(projection: ProjectionAnswer, size: { width: number; height: number }): string {
  const { model, dataset, method, explainedVarianceRatio: ratio, points, components } = projection;
  if (components < 2) {
    throw new MaillardError("BAD_INPUT", "A scatter plot needs two components: ask for `components: 2` or more.", {
      param: "components",
    });
  }
  if (points.length === 0) {
    throw nothingIn();
  }
  return scatterFigure({
    title: `${dataset.name}: embeddings of ${model.name}`,
    subtitle: subtitleOf(projection),
    points: points.map(({ coordinates: [x, y], label, number, split }) => ({
      x,
      y,
      label,
      number,
      ...(split ? { marker: split } : {}),
    })),
    axes:
      method === "PCA"
        ? { x: componentAxis(1, ratio[0]), y: componentAxis(2, ratio[1]) }
        : { x: `${NAMES[method]} 1`, y: `${NAMES[method]} 2` },
    ...(projection.colorBy ? { legend: projection.colorBy, classes: projection.classes } : {}),
    ...size,
  });
}

const NAMES: Record<ProjectionMethod, string> = { PCA: "PCA", TSNE: "t-SNE", UMAP: "UMAP" };

/** "PCA of 78 molecules (test); axes fitted on training" */
function subtitleOf(projection: ProjectionAnswer): string {
  const { method, points, split, fitOn, layer, model, trustworthiness, computedOn, sampledFrom } = projection;
  const names: Record<Split, string> = { TRAIN: "training", VALIDATION: "validation", TEST: "test" };
  const list = (splits: readonly Split[]): string => splits.map((name) => names[name]).join(" and ");
  const shown = split ? ` (${list(split)})` : "";
  const said = [
    `${NAMES[method]} of ${points.length} molecules${shown}`,
    ...(computedOn < sampledFrom ? [`a seeded sample of ${sampledFrom}`] : []),
    ...(layer === model.layers ? [] : [`hidden layer ${layer} of ${model.layers}`]),
    ...(fitOn ? [`axes fitted on ${list(fitOn)}`] : []),
    ...(trustworthiness === null ? [] : [`trustworthiness ${trustworthiness.toFixed(3)}`]),
  ];
  return said.join("; ");
}
