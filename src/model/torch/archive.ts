/**
 * torch.save since 1.6: a zip file of stored entries under one folder, <folder>/data.pkl with the state dict,
 * <folder>/data/<key> with each storage's elements, and <folder>/byteorder ("little"; absent in old files, which are).
 * Returns where each storage's elements begin.
 */
import { BYTES_PER_ELEMENT } from "../weights/element-type.js";
import { LIMITS } from "./pickle.js";
import { quoted, type TorchSource } from "./source.js";
import { readStateDict, type StateDict } from "./state-dict.js";
import { placeOf, readZipDirectory, type ZipEntry } from "./zip-directory.js";

export async function readArchive(source: TorchSource): Promise<StateDict & { places: Map<string, number> }> {
  const entries = await readZipDirectory(source);
  const pickles = [...entries.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickles.length !== 1) throw source.invalid(`the zip file has ${pickles.length} entries <folder>/data.pkl, not 1`);
  const folder = pickles[0].slice(0, -"data.pkl".length);
  if (entries.has(`${folder}constants.pkl`))
    throw source.unsupported("it is a TorchScript program, which would have to be run");
  const bytesOf = async (entry: ZipEntry) => source.read(await placeOf(source, entry), entry.size, quoted(entry.name));

  const order = entries.get(`${folder}byteorder`);
  if (order) {
    const text = order.size > 16 ? `${order.size} bytes long` : (await bytesOf(order)).toString("utf8").trim();
    if (text !== "little") throw source.unsupported(`its byteorder is ${quoted(text)}, and only "little" is read`);
  }
  const pickle = entries.get(pickles[0])!;
  if (pickle.size > LIMITS.bytes)
    throw source.invalid(`its pickle has ${pickle.size} bytes, above the limit of ${LIMITS.bytes}`);
  const { tensors, storages } = readStateDict(await bytesOf(pickle), 0, source);

  const places = new Map<string, number>();
  for (const { key, dtype, elements } of storages.values()) {
    const entry = entries.get(`${folder}data/${key}`);
    if (!entry) throw source.invalid(`storage ${quoted(key)} has no entry ${quoted(`${folder}data/${key}`)}`);
    const needed = elements * BYTES_PER_ELEMENT[dtype];
    if (entry.size !== needed)
      throw source.invalid(
        `storage ${quoted(key)}, ${dtype} [${elements}], needs ${needed} bytes and has ${entry.size}`,
      );
    places.set(key, await placeOf(source, entry));
  }
  return { tensors, storages, places };
}
