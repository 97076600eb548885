/**
 * torch.save before 1.6: no container, but these parts in a row.
 *   pickle  0x1950a86a20f9469cfc6c                pickle  1001, the protocol
 *   pickle  {"little_endian": True, …}            pickle  the state dict
 *   pickle  [key, …]                              per key: int64 count, then its elements, little-endian
 * Returns where each storage's elements begin, after a check that all of them, and nothing else, lie inside the file.
 */
import { BYTES_PER_ELEMENT } from "../weights/element-type.js";
import { LIMITS, readPickle } from "./pickle.js";
import { kindOf, PickleDict, PickleList } from "./pickle-values.js";
import { quoted, type TorchSource } from "./source.js";
import { plainRules, readStateDict, type StateDict } from "./state-dict.js";

const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;

export async function readLegacy(source: TorchSource): Promise<StateDict & { places: Map<string, number> }> {
  const bytes = await source.read(0, Math.min(source.size, LIMITS.bytes), "its pickles");
  const plain = plainRules(source);
  const magic = readPickle(bytes, 0, plain);
  if (magic.value !== MAGIC)
    throw source.invalid(`it begins with ${kindOf(magic.value)}, not with torch's magic number`);
  const protocol = readPickle(bytes, magic.end, plain);
  if (protocol.value !== PROTOCOL)
    throw source.unsupported(`its protocol is ${String(protocol.value)}, and only ${PROTOCOL} is known`);
  const system = readPickle(bytes, protocol.end, plain);
  const littleEndian = system.value instanceof PickleDict && system.value.entries.get("little_endian");
  if (littleEndian !== true)
    throw source.unsupported(`its little_endian is ${String(littleEndian)}, and only little-endian files are read`);
  const { tensors, storages, end } = readStateDict(bytes, system.end, source);
  const keys = readPickle(bytes, end, plain);
  if (!(keys.value instanceof PickleList))
    throw source.invalid(`its storages are listed by ${kindOf(keys.value)}, not by a list of keys`);

  const places = new Map<string, number>();
  let position = keys.end;
  for (const key of keys.value.items) {
    const storage = typeof key === "string" ? storages.get(key) : undefined;
    if (!storage || places.has(storage.key))
      throw source.invalid(`its list of storages has ${quoted(String(key))}, which no tensor uses, or has it twice`);
    const count = (await source.read(position, 8, `the count of storage ${quoted(storage.key)}`)).readBigInt64LE();
    if (count !== BigInt(storage.elements))
      throw source.invalid(
        `storage ${quoted(storage.key)} has ${count} elements, and its pickle says ${storage.elements}`,
      );
    places.set(storage.key, position + 8);
    position += 8 + storage.elements * BYTES_PER_ELEMENT[storage.dtype];
    if (position > source.size)
      throw source.invalid(`storage ${quoted(storage.key)} ends at ${position}, and the file has ${source.size} bytes`);
  }
  const missing = [...storages.keys()].find((key) => !places.has(key));
  if (missing !== undefined) throw source.invalid(`storage ${quoted(missing)} is used and not in its list of storages`);
  if (position !== source.size) throw source.invalid(`${source.size - position} bytes follow the last storage`);
  return { tensors, storages, places };
}
