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
import { MaillardError } from "../../errors.js";
import { DEFAULT_IMPORT_LIMITS, type ImportLimits, limitExceeded, withinLimits } from "../limits.js";
import type { ImportRow, LabelKind } from "../types.js";
import { type CompoundColumns, findCompoundColumns } from "./columns.js";
import { type DanglingReason, LinkedTerms, LinkPairs } from "./links.js";
import { bytesOf, clean, idOf, records, shortened } from "./records.js";
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
/** Memory of what is kept besides its text, in bytes: a compound, a name with its id, a link (two numbers). */
const KEPT = { compound: 400, name: 100, link: 16 } as const;
const CLASSES = ["kingdom", "superclass", "class", "subclass"] as const;

/** FILE_TOO_LARGE and TOO_MANY_ITEMS above the limits, BAD_INPUT and COLUMN_NOT_FOUND for another content. */
export async function readFoodb(
  tables: AsyncIterable<TableStream>,
  isMolecule: IsMolecule,
  limits: ImportLimits = DEFAULT_IMPORT_LIMITS,
): Promise<FoodbLibrary> {
  const reading = new Reading(isMolecule, limits);
  for await (const { table, bytes } of tables) await reading.read(table, bytes);
  return reading.library();
}

function* idsOf(compounds: readonly Compound[]): Generator<number> {
  for (const { id } of compounds) yield id;
}

function* rowsOf(compounds: readonly Compound[], links: LinkedTerms): Generator<ImportRow> {
  for (const { record, id, name, smiles, labels } of compounds) {
    const classes = Object.entries(labels).map(([set, value]): [string, string[]] => [set, [value]]);
    yield withinLimits({
      line: record,
      smiles,
      ...(name ? { name } : {}),
      labels: Object.fromEntries([...classes, ...links.valuesOf(id)]),
    });
  }
}

class Reading {
  private compounds: Compound[] | null = null;
  private columns: CompoundColumns | null = null;
  private readonly names = new Map<FoodbTable, Map<number, string>>();
  private readonly levels = new Map<number, number>();
  private readonly links = new Map<FoodbTable, LinkPairs>();
  private readonly records: Record<string, number> = {};

  /** Bytes of memory that the kept values take, about. */
  private retained = 0;

  constructor(
    private readonly isMolecule: IsMolecule,
    private readonly limits: ImportLimits,
  ) {}

  private retain(bytes: number): void {
    this.retained += bytes;
    if (this.retained > this.limits.retainedBytes) throw limitExceeded("retainedBytes", this.limits, "The dump");
  }

  private countRecord(table: FoodbTable): void {
    if (++this.records[table] > this.limits.rows) throw limitExceeded("rows", this.limits, `${table}.csv`);
  }

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

  async library(): Promise<FoodbLibrary> {
    const { compounds, columns } = this;
    if (!compounds || !columns)
      throw new MaillardError(
        "BAD_INPUT",
        "There is no Compound.csv in it: give the FooDB CSV dump, as an archive or a folder.",
        {
          param: "file",
        },
      );
    const links = await LinkedTerms.of(idsOf(compounds));
    const link = async (table: FoodbTable, vocabulary: FoodbTable, setOf: (term: number) => string | null) => {
      const pairs = this.links.get(table);
      if (pairs) await links.add(table, pairs, this.names.get(vocabulary) ?? new Map(), setOf);
      this.links.delete(table);
    };
    await link("CompoundsFlavor", "Flavor", () => "flavor");
    await link("CompoundsHealthEffect", "HealthEffect", () => "health_effect");
    await link("CompoundOntologyTerm", "OntologyTerm", (term) => {
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
      const compound = {
        record: compounds.length + 1,
        id: idOf(record[0]),
        name: shortened(record[2]),
        smiles: clean(record[smiles.position]),
        labels: Object.fromEntries(labels.filter(([, value]) => value !== "")) as Record<string, string>,
      };
      this.retain(KEPT.compound + bytesOf([compound.name, compound.smiles, ...Object.values(compound.labels)]));
      compounds.push(compound);
    };
    const before = this.retained;
    const begin = async () => {
      if (this.columns || !header) return;
      this.columns = await findCompoundColumns(header, sample, this.isMolecule);
      this.retained = before;
      for (const record of sample.splice(0)) take(record);
    };
    for await (const record of records(bytes, "Compound", this.limits)) {
      if (!header) {
        header = record;
        continue;
      }
      this.countRecord("Compound");
      if (this.columns) take(record);
      else {
        this.retain(bytesOf(record));
        sample.push(record);
      }
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
      const text = shortened(name);
      if (text !== "") {
        this.retain(KEPT.name + bytesOf([text]));
        names.set(idOf(id), text);
      }
      const level = table === "OntologyTerm" ? Number(record[header.indexOf("level")] || Number.NaN) : Number.NaN;
      if (Number.isInteger(level) && level >= 0) this.levels.set(idOf(id), level);
    });
    this.names.set(table, names);
  }

  private async readLinks(table: FoodbTable, bytes: Readable, column: string): Promise<void> {
    const links = new LinkPairs();
    await this.eachRecord(table, bytes, ["compound_id", column], ([compound, term]) => {
      this.retain(KEPT.link);
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
    for await (const record of records(bytes, table, this.limits)) {
      if (header) {
        this.countRecord(table);
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
