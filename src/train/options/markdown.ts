/** The table of options as Markdown, and a document with the current one between its two markers. */
import { MaillardError } from "../../errors.js";
import { PRETRAIN_ROWS } from "./pretrain-rows.js";
import {
  type EngineOption,
  engineView,
  OPTION_NAMES,
  type OptionName,
  type OptionRow,
  rowOf,
  ruleOf,
  type ServiceOption,
  serviceView,
  type View,
  viewOfRow,
} from "./table.js";

interface Table {
  begin: string;
  end: string;
  lines: () => string[][];
}

const TABLES: readonly Table[] = [
  {
    begin: "<!-- options: made by `npm run generate` from src/train/options/table.ts -->",
    end: "<!-- end of options -->",
    lines: () => OPTION_NAMES.map(optionCells),
  },
  {
    begin: "<!-- options of pretraining: made by `npm run generate` from src/train/options/pretrain-rows.ts -->",
    end: "<!-- end of options of pretraining -->",
    lines: () => Object.entries<OptionRow>(PRETRAIN_ROWS).map(([name, row]) => pretrainCells(name, row)),
  },
];
const TITLES = [
  "option",
  "flag",
  "default",
  "rule",
  "unit",
  "Hugging Face",
  "what it is, and why the default is what it is",
];

/** The same document with the tables of today. BAD_INPUT when a marker is missing. */
export const withOptionTable = (document: string): string => TABLES.reduce(withTable, document);

function withTable(document: string, { begin, end, lines }: Table): string {
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from)
    throw new MaillardError("BAD_INPUT", `The document lacks the two lines ${begin} and ${end}.`);
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const table = [line(TITLES), line(TITLES.map(() => "---")), ...lines().map(line)].join("\n");
  return `${document.slice(0, from)}${begin}\n${table}\n${document.slice(to)}`;
}

/** Of an option of pretraining: as a run has it; one that a run lacks as the command on a file has it. */
function pretrainCells(name: string, row: OptionRow): string[] {
  const view = row.service === null ? (row.engine as View) : viewOfRow(row);
  const only = row.service === null ? " Of a file alone." : row.engine === null ? " Of a run alone." : "";
  return [
    `\`${name}\``,
    `\`${row.flag}\``,
    shownDefault(view),
    ruleOf(view),
    row.unit,
    row.huggingFace ?? "–",
    `${row.what} ${row.reason}${only}`,
  ].map((cell) => cell.replaceAll("|", "\\|"));
}

/** The cells of one line, in the order of the titles. */
export function optionCells(name: OptionName): string[] {
  const { engine, service, flag, huggingFace, unit, what, reason } = rowOf(name);
  const view = service === null ? engineView(name as EngineOption) : serviceView(name as ServiceOption);
  const flags =
    view.type === "object" ? Object.values(view.parts).map((part) => part.flag) : flag === null ? [] : [flag];
  const own = engine && service ? shownDefault(engine) : null;
  const initial = rowOf(name).byRecipe ? `the recipe's; published: ${shownDefault(view)}` : shownDefault(view);
  return [
    `\`${name}\``,
    flags.map((text) => `\`${text}\``).join(" ") || "the service's to set",
    own === null || own === initial ? initial : `${initial}; of the engine: ${own}`,
    ruleOf(view),
    unit,
    huggingFace ?? "–",
    `${what} ${reason}`,
  ].map((cell) => cell.replaceAll("|", "\\|"));
}

const shownDefault = (view: View): string => (view.default === null ? `null: ${view.nullMeans}` : String(view.default));
