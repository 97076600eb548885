/** `maillard compounds`: molecules of the library, found by text, label, weight, substructure or similarity. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { COMPOUND_COUNT, COMPOUNDS } from "../documents/compound.js";
import { usage } from "../failure.js";
import { type Limit, limitOption } from "../flags/limit.js";
import { decimal } from "../flags/options.js";
import type { CompoundFilter, CompoundOrder, CompoundsQuery } from "../generated/graphql.js";
import { type Column, renderTable, score } from "../output/table.js";
import { eachNode, firstNodes } from "../pages.js";
import type { Session } from "../session.js";

type Edge = CompoundsQuery["compounds"]["edges"][number];
type Label = NonNullable<CompoundFilter["labels"]>[number];

interface Flags extends Limit {
  dataset?: string;
  text?: string;
  label: Label[];
  substructure?: string;
  similarTo?: string;
  threshold?: number;
  model?: string;
  weight?: Range;
  order?: CompoundOrder;
  count?: boolean;
  json?: boolean;
}
interface Range {
  minimum: number | null;
  maximum: number | null;
}

const ORDERS: Readonly<Record<string, CompoundOrder>> = {
  created: "CREATED_ASC",
  "created-desc": "CREATED_DESC",
  name: "NAME_ASC",
  "name-desc": "NAME_DESC",
  weight: "MOLECULAR_WEIGHT_ASC",
  "weight-desc": "MOLECULAR_WEIGHT_DESC",
  similarity: "SIMILARITY_DESC",
};

const COLUMNS: readonly Column<Edge>[] = [
  { title: "name", value: ({ node }) => node.name ?? "–", maxWidth: 40 },
  { title: "formula", value: ({ node }) => node.formula },
  { title: "g/mol", value: ({ node }) => node.molecularWeight.toFixed(2), align: "right" },
  { title: "InChIKey", value: ({ node }) => node.inchiKey },
  { title: "SMILES", value: ({ node }) => node.smiles, maxWidth: 60 },
];
const SIMILARITY: Column<Edge> = { title: "similarity", value: ({ similarity }) => score(similarity), align: "right" };

export function register(program: Command, session: Session): void {
  program
    .command("compounds")
    .description("find molecules of the library")
    .option("-d, --dataset <name>", "only members of this dataset, in its order")
    .option("-t, --text <text>", "words of the name, formula, start of the InChIKey, or a SMILES")
    .addOption(
      new Option("-l, --label <set=value>", "with this label; of a NUMBER set <set=from:to>; several hold all at once")
        .default([])
        .argParser((text: string, before: Label[]) => [...before, label(text)]),
    )
    .option("--substructure <SMARTS>", "with this pattern")
    .option("--similar-to <SMILES>", "similar to this molecule, most similar first")
    .option("--threshold <similarity>", "at least so similar (Tanimoto: default 0.7)", decimal(-1, 1))
    .option("-m, --model <name>", "similarity is the cosine of this model's embeddings, not of Morgan fingerprints")
    .option("--weight <from:to>", "molecular weight in g/mol; either side may be left out", range)
    .addOption(
      new Option(
        "-o, --order <order>",
        "created, name, weight (with -desc: the other way round) or similarity",
      ).argParser(order),
    )
    .addOption(limitOption().default(20))
    .option("--count", "only how many there are")
    .option("--json", "answer as JSON")
    .action(async (flags: Flags) => {
      const { dataset = null, order: orderBy = null, limit, json, count } = flags;
      const filter = filterOf(flags);
      if (count) {
        const { compounds } = await session.client.execute(COMPOUND_COUNT, { dataset, filter });
        return json ? session.json(compounds) : session.lines([String(compounds.totalCount)]);
      }
      const pages = eachNode(async (page) => {
        const first = Math.min(page.first, limit);
        const { compounds } = await session.client.execute(COMPOUNDS, { ...page, first, dataset, filter, orderBy });
        return { ...compounds, edges: compounds.edges.map((edge) => ({ node: edge })) };
      });
      const edges = await firstNodes(pages, limit);
      if (json) return session.json(edges.map(({ node, similarity }) => ({ ...node, similarity })));
      session.lines(renderTable(flags.similarTo === undefined ? COLUMNS : [SIMILARITY, ...COLUMNS], edges));
    });
}

function filterOf({ text, label: labels, substructure, similarTo, threshold, model, weight }: Flags): CompoundFilter {
  if (similarTo === undefined && (threshold !== undefined || model !== undefined))
    throw usage("--threshold and --model go with --similar-to <SMILES>: similar to what?");
  return {
    text,
    substructure,
    molecularWeight: weight,
    ...(labels.length > 0 ? { labels } : {}),
    ...(similarTo === undefined
      ? {}
      : { similarTo: { smiles: similarTo, threshold, model, method: model === undefined ? "MORGAN" : "EMBEDDING" } }),
  };
}

function label(text: string): Label {
  const place = text.indexOf("=");
  if (place < 1 || place === text.length - 1) throw new InvalidArgumentError("Give <label set>=<value>.");
  const [labelSet, value] = [text.slice(0, place), text.slice(place + 1)];
  return RANGE.test(value) && value !== ":" ? { labelSet, range: range(value) } : { labelSet, value };
}

const NUMBER = String.raw`[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?`;
const RANGE = new RegExp(`^(${NUMBER})?:(${NUMBER})?$`, "i");

function range(text: string): Range {
  const [, from, to] = RANGE.exec(text.trim()) ?? [];
  if (from === undefined && to === undefined)
    throw new InvalidArgumentError("Give <from>:<to>, such as 100:200, 100: or :200.");
  return { minimum: from === undefined ? null : Number(from), maximum: to === undefined ? null : Number(to) };
}

function order(text: string): CompoundOrder {
  const found = ORDERS[text.toLowerCase()];
  if (found) return found;
  throw new InvalidArgumentError(`Give one of ${Object.keys(ORDERS).join(", ")}.`);
}
