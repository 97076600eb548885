/**
 * The headers of the pages of a Parquet column, before the library reads the pages: it takes a length that is missing,
 * negative or past the end as it is, and then reads the same byte for ever.
 */
import type { AsyncBuffer, ColumnMetaData } from "hyparquet";
import { parquetHeader } from "hyparquet/src/column.js";

/** Throws for a header that does not fit the bytes of the column. `most`: unpacked bytes of a page. */
export async function checkPages(file: AsyncBuffer, column: ColumnMetaData, most: number): Promise<void> {
  const { data_page_offset: data, dictionary_page_offset: dictionary, total_compressed_size: size } = column;
  const start = Number(dictionary && dictionary < data ? dictionary : data);
  const end = start + Number(size);
  mustHold(whole(start, file.byteLength) && whole(end, file.byteLength) && start <= end);
  const view = new DataView(await file.slice(start, end));
  const values = Number(column.num_values);
  for (let offset = 0, read = 0; read < values && offset < view.byteLength - 1; ) {
    const reader = { view, offset };
    const header = parquetHeader(reader);
    const { compressed_page_size: packed, uncompressed_page_size: unpacked } = header;
    mustHold(whole(packed, view.byteLength - reader.offset) && whole(unpacked, most));
    const { data_page_header: first, data_page_header_v2: second, dictionary_page_header: words } = header;
    if (header.type === "DATA_PAGE") {
      mustHold(whole(first?.num_values, values - read));
      read += first?.num_values ?? 0;
    } else if (header.type === "DATA_PAGE_V2") {
      mustHold(whole(second?.num_values, values - read) && whole(second?.num_rows, second?.num_values ?? 0));
      mustHold(whole(second?.num_nulls, second?.num_values ?? 0));
      mustHold(whole(second?.repetition_levels_byte_length, packed));
      mustHold(whole(second?.definition_levels_byte_length, packed - (second?.repetition_levels_byte_length ?? 0)));
      read += second?.num_values ?? 0;
    } else mustHold(header.type === "DICTIONARY_PAGE" && whole(words?.num_values, 8 * unpacked));
    offset = reader.offset + packed;
  }
}

const whole = (value: number | undefined, most: number): boolean =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most;

function mustHold(fits: boolean): void {
  if (!fits) throw new Error("the header of a page does not fit its column");
}
