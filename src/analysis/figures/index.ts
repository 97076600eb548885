/**
 * Figures as standalone SVG text, drawn by Observable Plot without a browser. Loading this module takes about 0.25 s
 * and 25 MB (2 cores of an AMD EPYC, Node 20.20, November 2026): import it when the first figure is requested.
 */
export { confusionFigure } from "./confusion.js";
export { type CurvePanel, curvesFigure } from "./curves.js";
export { calibrationFigure, operatingFigure } from "./operating.js";
export { pairsFigure } from "./pairs.js";
export { parallelFigure } from "./parallel.js";
export { componentAxis, type ScatterPoint, scatterFigure } from "./scatter.js";
