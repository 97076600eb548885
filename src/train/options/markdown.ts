/** The table of options as Markdown, and a document with the current one between its two markers. */
import { MaillardError } from "../../errors.js";
import {
  type EngineOption,
  engineView,
  OPTION_NAMES,
  type OptionName,
  rowOf,
  ruleOf,
  type ServiceOption,
  serviceView,
  type View,
} from "./table.js";

const BEGIN = "<!-- options: made by `npm run generate` from src/train/options/table.ts -->";
const END = "<!-- end of options -->";
const TITLES = [
  "option",
  "flag",
  "default",
  "rule",
  "unit",
  "Hugging Face",
  "what it is, and why the default is what it is",
];

/** The same document with the table of today. BAD_INPUT when a marker is missing. */
export function withOptionTable(document: string): string {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin < 0 || end < begin)
    throw new MaillardError("BAD_INPUT", `The document lacks the two lines ${BEGIN} and ${END}.`);
  return `${document.slice(0, begin)}${BEGIN}\n${optionTable()}\n${document.slice(end)}`;
}

/** One line for each row, in the order of the table. */
function optionTable(): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(TITLES), line(TITLES.map(() => "---")), ...OPTION_NAMES.map((name) => line(optionCells(name)))].join(
    "\n",
  );
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
