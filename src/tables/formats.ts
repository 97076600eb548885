/**
 * The formats of tables, their names and the ends of their file names. Parquet compresses by itself; the others are
 * text, UTF-8, which gzip may pack: out.csv.gz.
 */
import { MaillardError } from "../errors.js";

export const TABLE_FORMATS = {
  CSV: { endings: [".csv"], mediaType: "text/csv; charset=utf-8" },
  TSV: { endings: [".tsv", ".tab"], mediaType: "text/tab-separated-values; charset=utf-8" },
  JSONL: { endings: [".jsonl", ".ndjson"], mediaType: "application/x-ndjson; charset=utf-8" },
  PARQUET: { endings: [".parquet", ".pq"], mediaType: "application/vnd.apache.parquet" },
} as const;

export type TableFormat = keyof typeof TABLE_FORMATS;

export interface FileFormat<Format extends string = TableFormat> {
  format: Format;
  gzip: boolean;
}

type Formats<Format extends string> = Readonly<Record<Format, { endings: readonly string[] }>>;

/**
 * The format of a file: the one that is named, or that of the end of its name.
 *   "out.csv" -> CSV; "out.tsv.gz" -> TSV in gzip; named "jsonl" -> JSONL, whatever the name of the file is
 * @param path     null: a stream without a name
 * @param formats  default: all formats of this layer
 * BAD_INPUT (param) for a name that says nothing, a format that is none, and Parquet in gzip.
 */
export function fileFormat<Format extends string = TableFormat>(
  path: string | null,
  named: string | null,
  { formats = TABLE_FORMATS as never, param = "format" }: { formats?: Formats<Format>; param?: string } = {},
): FileFormat<Format> {
  const gzip = path !== null && /\.gz$/i.test(path);
  const format = named === null ? byEnding(path, gzip, formats) : byName(named, formats);
  if (!format) throw unknown(path, named, formats, param);
  if (gzip && format === "PARQUET")
    throw new MaillardError("BAD_INPUT", `${path}: Parquet compresses by itself. Leave .gz out.`, { param });
  return { format, gzip };
}

function byEnding<Format extends string>(path: string | null, gzip: boolean, formats: Formats<Format>): Format | null {
  const name = (path ?? "").toLowerCase().slice(0, gzip ? -".gz".length : undefined);
  for (const [format, { endings }] of Object.entries(formats) as [Format, { endings: readonly string[] }][])
    if (endings.some((ending) => name.endsWith(ending))) return format;
  return null;
}

function byName<Format extends string>(named: string, formats: Formats<Format>): Format | null {
  const format = named.toUpperCase();
  return Object.hasOwn(formats, format) ? (format as Format) : null;
}

function unknown(path: string | null, named: string | null, formats: Formats<string>, param: string): MaillardError {
  const names = Object.keys(formats).map((name) => name.toLowerCase());
  const endings = Object.values(formats).flatMap((format) => [...format.endings]);
  const what =
    named !== null
      ? `${JSON.stringify(named.slice(0, 40))} is no format of a table`
      : path === null
        ? "No format is named"
        : `The name ${path} does not say its format`;
  return new MaillardError(
    "BAD_INPUT",
    `${what}: name one of ${names.join(", ")}, or a file that ends in ${endings.join(", ")}.`,
    { param, details: { formats: names } },
  );
}
