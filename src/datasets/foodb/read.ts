/**
 * A FooDB dump as rows to import. Records are counted, not lines: descriptions hold line breaks. Tables may come
 * in any order, and their needed columns are kept (some 150 MB at full size); what is joined:
 *   Compound               name, SMILES, kingdom, superclass, class, subclass
 *   CompoundsFlavor        label set flavor         by Flavor.name
 *   CompoundsHealthEffect  label set health_effect  by HealthEffect.name
 *   CompoundOntologyTerm   label sets ontology1, …  by OntologyTerm.term and level
 * A link whose compound or term is not in the dump is dropped and counted by reason. Class names stay as they are
 * written: those of 2020 differ from today's ClassyFire (Organooxygen compounds is Organic oxygen compounds now).
 */
import type { Readable } from "node:stream";
import { parse } from "csv-parse";
import { MaillardError } from "../../errors.js";
import type { ImportRow, LabelKind } from "../types.js";
import { type CompoundColumns, findCompoundColumns } from "./columns.js";
import { type DanglingReason, LinkedTerms } from "./links.js";
import type { FoodbTable, TableStream } from "./tables.js";

export interface FoodbLibrary {
  /** Number of the rows. */
  size: number;
  /** Made one by one: a million labels need not be in memory at once. */
  rows: Iterable<ImportRow>;
  labelKinds: Record<string, LabelKind>;
  /** Links that name no compound or no term of the dump, by table and reason. */
  danglingLinks: Record<string, Partial<Record<DanglingReason, number>>>;
  /** Records read, by table. */
  records: Record<string, number>;
  /** Column of Compound.csv in which the SMILES were found, and what its header calls it. */
  smilesColumn: { position: number; header: string };
}

/** Whether each of these texts is a molecule. */
export type IsMolecule = (texts: readonly string[]) => Promise<boolean[]>;

interface Compound {
  record: number;
  id: number;
  name: string;
  smiles: string;
  labels: Record<string, string>;
}

/** Records of Compound.csv from which its columns are recognised. */
const SAMPLE = 200;
/** Characters of a record: a quote that is never closed must not take the whole table into memory. */
const LARGEST_RECORD = 4_000_000;
const CLASSES = ["kingdom", "superclass", "class", "subclass"] as const;

export async function readFoodb(tables: AsyncIterable<TableStream>, isMolecule: IsMolecule): Promise<FoodbLibrary> {
  const reading = new Reading(isMolecule);
  for await (const { table, bytes } of tables) await reading.read(table, bytes);
  return reading.library();
}

function* rowsOf(compounds: readonly Compound[], links: LinkedTerms): Generator<ImportRow> {
  for (const { record, id, name, smiles, labels } of compounds) {
    const classes = Object.entries(labels).map(([set, value]): [string, string[]] => [set, [value]]);
    yield {
      line: record,
      smiles,
      ...(name ? { name } : {}),
      labels: Object.fromEntries([...classes, ...links.of(id)]),
    };
  }
}

class Reading {
  private compounds: Compound[] | null = null;
  private columns: CompoundColumns | null = null;
  private readonly names = new Map<FoodbTable, Map<number, string>>();
  private readonly levels = new Map<number, number>();
  /** Compound id, term id, compound id, … */
  private readonly links = new Map<FoodbTable, number[]>();
  private readonly records: Record<string, number> = {};

  constructor(private readonly isMolecule: IsMolecule) {}

  async read(table: FoodbTable, bytes: Readable): Promise<void> {
    if (table in this.records)
      throw new MaillardError("BAD_INPUT", `The dump has ${table}.csv twice.`, { param: "file" });
    this.records[table] = 0;
    switch (table) {
      case "Compound":
        return this.readCompounds(bytes);
      case "Flavor":
      case "HealthEffect":
        return this.readNames(table, bytes, "name");
      case "OntologyTerm":
        return this.readNames(table, bytes, "term");
      case "CompoundsFlavor":
        return this.readLinks(table, bytes, "flavor_id");
      case "CompoundsHealthEffect":
        return this.readLinks(table, bytes, "health_effect_id");
      case "CompoundOntologyTerm":
        return this.readLinks(table, bytes, "ontology_term_id");
      default:
        throw table satisfies never;
    }
  }

  library(): FoodbLibrary {
    const { compounds, columns } = this;
    if (!compounds || !columns)
      throw new MaillardError(
        "BAD_INPUT",
        "There is no Compound.csv in it: give the FooDB CSV dump, as an archive or a folder.",
        {
          param: "file",
        },
      );
    const links = new LinkedTerms(compounds.map(({ id }) => id));
    const link = (table: FoodbTable, vocabulary: FoodbTable, setOf: (term: number) => string | null) => {
      const pairs = this.links.get(table);
      if (pairs) links.add(table, pairs, this.names.get(vocabulary) ?? new Map(), setOf);
      this.links.delete(table);
    };
    link("CompoundsFlavor", "Flavor", () => "flavor");
    link("CompoundsHealthEffect", "HealthEffect", () => "health_effect");
    link("CompoundOntologyTerm", "OntologyTerm", (term) => {
      const level = this.levels.get(term);
      return level === undefined ? null : `ontology${level}`;
    });
    return {
      size: compounds.length,
      rows: { [Symbol.iterator]: () => rowsOf(compounds, links) },
      labelKinds: {
        ...Object.fromEntries(CLASSES.map((set): [string, LabelKind] => [set, "SINGLE_LABEL"])),
        ...Object.fromEntries([...links.sets].sort().map((set): [string, LabelKind] => [set, "MULTI_LABEL"])),
      },
      danglingLinks: links.dangling,
      records: this.records,
      smilesColumn: columns.smiles,
    };
  }

  private async readCompounds(bytes: Readable): Promise<void> {
    const compounds: Compound[] = [];
    const sample: string[][] = [];
    let header: string[] | null = null;
    const take = (record: string[]) => {
      const { smiles, classes } = this.columns as CompoundColumns;
      const labels = classes.map((position, index) => [CLASSES[index], clean(record[position])]);
      compounds.push({
        record: compounds.length + 1,
        id: idOf(record[0]),
        name: clean(record[2]).slice(0, 1_000),
        smiles: clean(record[smiles.position]),
        labels: Object.fromEntries(labels.filter(([, value]) => value !== "")),
      });
    };
    const begin = async () => {
      if (this.columns || !header) return;
      this.columns = await findCompoundColumns(header, sample, this.isMolecule);
      for (const record of sample) take(record);
    };
    for await (const record of records(bytes, "Compound")) {
      if (!header) {
        header = record;
        continue;
      }
      this.records.Compound++;
      if (this.columns) take(record);
      else sample.push(record);
      if (sample.length === SAMPLE) await begin();
    }
    await begin();
    if (!this.columns || compounds.length === 0)
      throw new MaillardError("EMPTY_INPUT", "Compound.csv has no records.", { param: "file" });
    this.compounds = compounds;
  }

  private async readNames(table: FoodbTable, bytes: Readable, column: string): Promise<void> {
    const names = new Map<number, string>();
    await this.eachRecord(table, bytes, ["id", column], ([id, name], record, header) => {
      if (clean(name) !== "") names.set(idOf(id), clean(name).slice(0, 1_000));
      const level = table === "OntologyTerm" ? Number(record[header.indexOf("level")] || Number.NaN) : Number.NaN;
      if (Number.isInteger(level) && level >= 0) this.levels.set(idOf(id), level);
    });
    this.names.set(table, names);
  }

  private async readLinks(table: FoodbTable, bytes: Readable, column: string): Promise<void> {
    const links: number[] = [];
    await this.eachRecord(table, bytes, ["compound_id", column], ([compound, term]) => {
      links.push(idOf(compound), idOf(term));
    });
    this.links.set(table, links);
  }

  private async eachRecord(
    table: FoodbTable,
    bytes: Readable,
    columns: readonly string[],
    take: (values: string[], record: string[], header: string[]) => void,
  ): Promise<void> {
    let header: string[] | null = null;
    let places: number[] = [];
    for await (const record of records(bytes, table)) {
      if (header) {
        this.records[table]++;
        take(
          places.map((place) => record[place] ?? ""),
          record,
          header,
        );
        continue;
      }
      header = record.map((name) => name.trim());
      places = columns.map((name) => (header as string[]).indexOf(name));
      const missing = columns.find((_, index) => places[index] < 0);
      if (missing)
        throw new MaillardError(
          "COLUMN_NOT_FOUND",
          `${table}.csv has no column ${missing}. Its columns: ${header.join(", ")}.`,
          { param: missing, details: { columns: header } },
        );
    }
  }
}

const clean = (text: string | undefined): string => {
  const value = (text ?? "").replaceAll("\0", "").trim();
  return value === "NULL" || value === "\\N" ? "" : value;
};

/** NaN for anything but a whole number: a row without an id has no links. */
function idOf(text: string | undefined): number {
  const value = clean(text);
  return /^\d+$/.test(value) ? Number(value) : Number.NaN;
}

/** The header first. Rows with too few or too many cells are passed on. */
async function* records(bytes: Readable, table: string): AsyncGenerator<string[]> {
  const parser = parse({
    bom: true,
    relax_column_count: true,
    skip_empty_lines: true,
    relax_quotes: true,
    max_record_size: LARGEST_RECORD,
  });
  bytes.on("error", (error) => parser.destroy(error));
  try {
    for await (const record of bytes.pipe(parser)) yield record as string[];
  } catch (error) {
    throw new MaillardError("BAD_INPUT", `${table}.csv cannot be read: ${(error as Error).message}`, { param: "file" });
  }
}
