/** The same report as one HTML file: figures inline, no script, suitable for print. */
import { marked } from "marked";
import { markdownReport } from "./report.js";
import type { Experiment, Figure } from "./types.js";

const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; color: #1a1a1a; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { padding: .25rem .75rem; border-bottom: 1px solid #ddd; vertical-align: top; }
th:not([align]), td:not([align]) { text-align: left; } td[align] { white-space: nowrap; }
figure { margin: 1rem 0; } figure svg { max-width: 100%; height: auto; } td figure { margin: 0; width: 13rem; }
/* A molecule without a name is shown by its SMILES, which has no place for a line break. */
td:has(figure) + td { overflow-wrap: anywhere; }
h2 { margin-top: 3rem; border-top: 2px solid #1a1a1a; padding-top: .5rem; }
@media print { h2, figure { break-inside: avoid; } body { font-size: 11px; } }`;

export function htmlReport(experiment: Experiment): string {
  const figures: Figure[] = [];
  // A placeholder that Markdown does not change: the drawing is inserted afterwards.
  const markdown = markdownReport(
    experiment,
    (figure) => `<figure data-figure="${figures.push(figure) - 1}"></figure>`,
  );
  const body = (marked.parse(markdown, { async: false }) as string).replace(
    /<figure data-figure="(\d+)"><\/figure>/g,
    (_, index: string) => `<figure>${unique(figures[Number(index)].svg, Number(index))}</figure>`,
  );
  const title = `${experiment.dataset.name}: experiment`.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return [
    '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width">',
    `<title>${title}</title>\n<style>${STYLE}\n</style>\n</head>\n<body>`,
    `${body}</body>\n</html>\n`,
  ].join("\n");
}

/** Makes the ids of a drawing unique in the page by its number. */
const unique = (svg: string, index: number): string =>
  svg
    .replace(/^<\?xml[^>]*>\s*/, "")
    .replace(/\bid="([^"]+)"/g, `id="f${index}-$1"`)
    .replace(/url\(#([^)]+)\)/g, `url(#f${index}-$1)`)
    .replace(/\bhref="#([^"]+)"/g, `href="#f${index}-$1"`)
    .replace(/\b(aria-labelledby|aria-describedby)="([^"]+)"/g, (_, name: string, ids: string) => {
      return `${name}="${ids
        .split(" ")
        .map((id) => `f${index}-${id}`)
        .join(" ")}"`;
    });
