/**
 * A figure in a file: SVG as it comes, or PNG at twice its size in pixels by resvg, as the ending of the name says.
 * Texts of a PNG need a sans-serif font on this machine (DejaVu Sans, Liberation Sans, Arial, …); an SVG uses that of
 * its viewer.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { CommandFailure } from "../failure.js";

/** Pixels of a PNG for one of the SVG. */
const ZOOM = 2;

/** Refuses another ending before anything is computed. */
export function checkFigureName(path: string): string {
  if ([".svg", ".png"].includes(extname(path).toLowerCase())) return path;
  throw new CommandFailure("USAGE", `--out is ${JSON.stringify(path)}: give a name that ends in .svg or .png.`);
}

export async function writeFigure(path: string, svg: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, extname(path).toLowerCase() === ".png" ? await pngOf(svg) : svg);
}

/** Of commands that write several figures into a folder: also as PNG, or not. */
export const PNG_FLAG = ["--png", "write each figure as PNG too, at twice its size in pixels"] as const;

export function checkPng(png: boolean | undefined, out: string | undefined): void {
  if (png && out === undefined) throw new CommandFailure("USAGE", "--png goes with --out: there is no folder for it.");
}

/** `file` ends in .svg; with `png` the same figure is also written as .png. */
export async function writeFigureInto(folder: string, file: string, svg: string, png = false): Promise<void> {
  await writeFigure(join(folder, file), svg);
  if (png) await writeFigure(join(folder, file.replace(/\.svg$/, ".png")), svg);
}

export async function pngOf(svg: string): Promise<Uint8Array> {
  const { Resvg } = await import("@resvg/resvg-js");
  const picture = new Resvg(svg, {
    fitTo: { mode: "zoom", value: ZOOM },
    font: { loadSystemFonts: true, defaultFontFamily: "DejaVu Sans", sansSerifFamily: "DejaVu Sans" },
  });
  return picture.render().asPng();
}
