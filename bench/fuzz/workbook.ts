/** Changes of a workbook that is a sound archive: other bytes in the XML of one or two of its parts. */
import { inflateRawSync } from "node:zlib";
import { zip } from "../../test/support/data/zip.js";
import { mutateBytes, type Random } from "./random.js";

const WORDS = [
  ...["<c r=", 't="s"', 't="inlineStr"', "<v>", "</v>", "<is><t>", "<row ", "</row>", "<f>1+1</f>", "&#0;", "&lt;"],
  ...["<!DOCTYPE x [<!ENTITY a 'b'>]>", "&a;", "XFD1048576", "-1", "1e308", "\ufeff", "]]>", "<![CDATA["],
];

/** Also other bytes of the archive itself, one time of four. */
export function workbookOf(random: Random, seeds: readonly Buffer[]): Buffer {
  const seed = random.pick(seeds);
  if (random.chance(0.25)) return mutateBytes(random, seed, seeds, ["PK\x03\x04", "PK\x01\x02", "xl/workbook.xml"]);
  const parts = partsOf(seed);
  for (let left = 1 + random.below(2); left > 0; left--) {
    const name = random.pick(Object.keys(parts));
    parts[name] = mutateBytes(random, parts[name], Object.values(parts), WORDS);
  }
  return zip(parts);
}

/** Of an archive whose local headers have the sizes: the seeds are written so. */
function partsOf(archive: Buffer): Record<string, Buffer> {
  const parts: Record<string, Buffer> = {};
  for (let at = 0; archive.readUInt32LE(at) === 0x04034b50; ) {
    const [packed, name] = [archive.readUInt32LE(at + 18), archive.readUInt16LE(at + 26)];
    const begin = at + 30 + name + archive.readUInt16LE(at + 28);
    parts[archive.toString("utf8", at + 30, at + 30 + name)] = inflateRawSync(archive.subarray(begin, begin + packed));
    at = begin + packed;
  }
  return parts;
}
