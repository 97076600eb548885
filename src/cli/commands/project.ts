/** `maillard project`: a dataset in a few dimensions, as a figure or as numbers. */
import { type Command, Option } from "commander";
import type { Column } from "../../tables/types.js";
import { PROJECT } from "../documents/space.js";
import { CommandFailure } from "../failure.js";
import { projectInBackground, startProjection } from "../files/project-dataset.js";
import { alsoCalled } from "../flags/alias.js";
import { decimal, wholeNumber } from "../flags/options.js";
import {
  type AnnotationOptions,
  addAnnotationFlags,
  annotationsOf,
  refuseAnnotations,
} from "../flags/runs/annotation-flags.js";
import { type PartOptions, partOf, runOption, splits, splitsOption } from "../flags/split-option.js";
import { layerOption, poolingOption } from "../flags/vector-options.js";
import type { Pooling, ProjectionMethod, ProjectQuery, Split } from "../generated/graphql.js";
import { checkFigureName, writeFigure } from "../output/figure-file.js";
import { percent } from "../output/table.js";
import { isTableName, writeTable } from "../output/table-file.js";
import type { Session } from "../session.js";

interface Options extends PartOptions, AnnotationOptions {
  model: string;
  dataset: string;
  method: ProjectionMethod;
  components: number;
  pooling: Pooling;
  layer?: number;
  whiten?: boolean;
  target?: string;
  fitOn?: Split[];
  seed: number;
  perplexity: number;
  neighbours: number;
  minDist: number;
  iterations?: number;
  sample?: number;
  out?: string;
  width: number;
  height: number;
  json?: boolean;
  background?: boolean;
}

export function register(program: Command, session: Session): void {
  const command = program
    .command("project")
    .description("draw a dataset in two dimensions, by PCA, t-SNE or UMAP")
    .option("-m, --model <name>", "model whose embeddings are drawn", "base")
    .option("-d, --dataset <name>", "dataset", "sample")
    .addOption(new Option("--method <name>", "PCA, TSNE or UMAP").default("PCA").choices(["PCA", "TSNE", "UMAP"]))
    .option("--components <n>", "coordinates of each molecule", wholeNumber(1), 2)
    .addOption(poolingOption())
    .addOption(layerOption())
    .option("--whiten", "PCA: coordinates of variance 1")
    .option("-t, --target <label set>", "label set of the colours (default: that of --run)")
    .addOption(runOption())
    .addOption(splitsOption())
    .option("--fit-on <a,b,…>", "PCA: axes are fitted on these splits of --run; by default on all molecules", splits)
    .option("--seed <n>", "TSNE, UMAP: the same seed gives the same map", wholeNumber(0), 0)
    .option("--perplexity <n>", "TSNE: effective number of neighbours", decimal(1), 30)
    .option("--neighbours <n>", "UMAP: neighbours in its graph", wholeNumber(2), 15)
    .option("--min-dist <n>", "UMAP: least distance of points", decimal(0, 1), 0.1)
    .option("--iterations <n>", "TSNE, UMAP: steps; by default 1,000 and 300", wholeNumber(10, 5_000))
    .option("--sample <n>", "TSNE, UMAP: molecules at most; by default 2,000 and 5,000", wholeNumber(1))
    .option("-o, --out <file>", "figure (.svg, .png), or table of the points (.csv, .tsv, .jsonl, .parquet)")
    .option("--width <pixels>", "width of the figure", wholeNumber(40, 2_000), 900)
    .option("--height <pixels>", "height of the figure", wholeNumber(40, 2_000), 600)
    .option("--background", "only start a run that computes it, and answer at once; `watch` follows it")
    .option("--json", "answer as JSON, with the coordinates");
  addAnnotationFlags(command, "of --background: ").action(async (options: Options) => {
    const { model, dataset, method, components, pooling, seed, perplexity, neighbours, minDist, out } = options;
    if (!options.background) refuseAnnotations(options, "--background");
    const isTable = out !== undefined && isTableName(out);
    if (out && !isTable) checkFigureName(out);
    const map = { seed, perplexity, neighbours, minDist, iterations: options.iterations, sample: options.sample };
    const part = await partOf(session.client, options);
    const { layer, fitOn, whiten = false, width, height } = options;
    const asked = { model, dataset, method, components, pooling, layer, whiten, map, ...part, fitOn };
    if (options.background) {
      const run = await startProjection(session, { ...asked, ...annotationsOf(options) });
      if (options.json) return session.json(run);
      session.lines([`${run.name}  ${run.status}  ${run.id}`]);
      session.terminal.err(`Try: npx maillard watch ${run.id}`);
      return;
    }
    const shown = { drawn: out !== undefined && !isTable, listed: isTable || (options.json ?? false) };
    const ask = () => session.client.execute(PROJECT, { ...asked, colorBy: options.target, width, height, ...shown });
    const answer = await ask().catch(async (error: unknown) => {
      const tooMany = error instanceof CommandFailure && error.code === "EMBEDDINGS_REQUIRED";
      if (!tooMany) throw error;
      return (await projectInBackground(session, asked)) ? ask() : null;
    });
    if (!answer) return;
    const { projection } = answer;
    const { svg, ...numbers } = projection;
    if (out && isTable) await writePoints(session, out, projection);
    else if (out) await writeFigure(out, svg as string);
    if (options.json) return session.json(numbers);
    const { computedOn, sampledFrom, explainedVarianceRatio: ratios, trustworthiness } = projection;
    const sampled = computedOn < sampledFrom ? `, a seeded sample of ${sampledFrom}` : "";
    session.lines([
      `${method} of ${computedOn} molecules of ${dataset}${sampled}, by ${model}, ${pooling} of layer ` +
        `${projection.layer}`,
      ...(ratios.length > 0 ? [`variance explained: ${ratios.map(percent).join(", ")}`] : []),
      ...(typeof trustworthiness === "number" ? [`trustworthiness (5 neighbours): ${trustworthiness.toFixed(3)}`] : []),
      ...(out ? [`written to ${out}`] : []),
    ]);
  });
  alsoCalled(command, "--color-by <label set>", "target");
}

/** A row for each molecule, with its coordinates as "1", "2", … */
async function writePoints(
  session: Session,
  out: string,
  { points, method }: ProjectQuery["projection"],
): Promise<void> {
  const names = { PCA: "pc", TSNE: "tsne", UMAP: "umap" }[method];
  const axes = (points?.[0]?.coordinates ?? []).map((_, axis) => `${names}${axis + 1}`);
  const text = ["name", "smiles", "inchi_key", "label"].map((name): Column => ({ name, kind: "TEXT" }));
  const columns: Column[] = [
    ...text,
    { name: "number", kind: "NUMBER" },
    { name: "split", kind: "TEXT" },
    ...axes.map((name): Column => ({ name, kind: "NUMBER" })),
  ];
  const rows = (points ?? []).map(({ compound: { name, smiles, inchiKey }, label, number, split, coordinates }) =>
    [name, smiles, inchiKey, label, number, split, ...coordinates].map((cell) => cell ?? null),
  );
  await writeTable(session, { out, format: null }, columns, rows);
}
