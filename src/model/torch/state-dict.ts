/**
 * The pickle of a state dict: names of tensors, each a view of a storage whose bytes lie elsewhere in the file.
 *
 * GLOBALS are all the names that may occur. Each has a rule below, and none runs code: a call of
 * torch._utils._rebuild_tensor_v2 becomes a description, checked here; the rest of the file is not touched.
 */
import { type PickleRules, readPickle } from "./pickle.js";
import { kindOf, PickleDict, PickleGlobal, PickleTuple, type PickleValue } from "./pickle-values.js";
import { quoted, type Refusals } from "./source.js";
import { checkView, MAX_RANK, TorchStorage, TorchTensor } from "./tensor.js";

export interface StateDict {
  tensors: ReadonlyMap<string, TorchTensor>;
  /** By their keys in the file. */
  storages: ReadonlyMap<string, TorchStorage>;
}

const ORDERED_DICT = "collections.OrderedDict";
const TENSOR = "torch._utils._rebuild_tensor_v2";
const PARAMETER = "torch._utils._rebuild_parameter";
/** Classes of storages, by element types of safetensors. */
const STORAGES: Record<string, string> = {
  "torch.FloatStorage": "F32",
  "torch.DoubleStorage": "F64",
  "torch.HalfStorage": "F16",
  "torch.BFloat16Storage": "BF16",
  "torch.LongStorage": "I64",
  "torch.IntStorage": "I32",
  "torch.ShortStorage": "I16",
  "torch.CharStorage": "I8",
  "torch.ByteStorage": "U8",
  "torch.BoolStorage": "BOOL",
};
const GLOBALS: ReadonlySet<string> = new Set([ORDERED_DICT, TENSOR, PARAMETER, ...Object.keys(STORAGES)]);

/** Tied tables occur two or three times. Views with many times the file's elements are an attack on memory. */
const MAX_VIEWS_PER_ELEMENT = 4;

/** Rules for the pickles around a state dict: no global is allowed. */
export const plainRules = (refusals: Refusals): PickleRules => ({
  invalid: (rule) => refusals.invalid(rule),
  unsupported: (rule) => refusals.unsupported(rule),
  globals: new Set(),
  call: (name) => {
    throw refusals.unsupported(`its pickle calls ${quoted(name)}`);
  },
  persistent: () => {
    throw refusals.invalid("a persistent id stands where only plain values may");
  },
});

export function readStateDict(bytes: Buffer, start: number, refusals: Refusals): StateDict & { end: number } {
  const storages = new Map<string, TorchStorage>();
  const rules: PickleRules = {
    ...plainRules(refusals),
    globals: GLOBALS,
    call: (name, parameters) => call(name, parameters, refusals),
    persistent: (id) => storageOf(id, storages, refusals),
  };
  const { value, end } = readPickle(bytes, start, rules);
  if (!(value instanceof PickleDict))
    throw refusals.unsupported(`it holds ${kindOf(value)}, and only a dict of tensors is read`);
  const tensors = new Map<string, TorchTensor>();
  let elements = 0;
  for (const [name, tensor] of value.entries) {
    if (typeof name !== "string" || !(tensor instanceof TorchTensor))
      throw refusals.unsupported(
        `entry ${quoted(String(name))} of its dict is ${kindOf(tensor)}, and only a plain dict of tensors is read`,
      );
    checkView(name, tensor, refusals);
    elements += tensor.elements;
    tensors.set(name, tensor);
  }
  const stored = [...storages.values()].reduce((sum, storage) => sum + storage.elements, 0);
  if (elements > MAX_VIEWS_PER_ELEMENT * stored)
    throw refusals.invalid(
      `its tensors have ${elements} values, more than ${MAX_VIEWS_PER_ELEMENT} times the ${stored} that it stores`,
    );
  return { tensors, storages, end };
}

function call(name: string, parameters: readonly PickleValue[], refusals: Refusals): PickleValue {
  if (name === ORDERED_DICT && parameters.length === 0) return new PickleDict();
  if (name === PARAMETER && parameters[0] instanceof TorchTensor) return parameters[0];
  if (name === TENSOR) {
    const [storage, offset, shape, strides] = parameters;
    if (storage instanceof TorchStorage && isCount(offset) && isCounts(shape) && isCounts(strides))
      return new TorchTensor(storage, offset, shape.items, strides.items);
  }
  throw refusals.invalid(`its pickle calls ${name} with ${parameters.slice(0, 8).map(kindOf).join(", ") || "nothing"}`);
}

/** ("storage", class, key, device, elements[, None]); the device is ignored. */
function storageOf(id: PickleValue, storages: Map<string, TorchStorage>, refusals: Refusals): TorchStorage {
  const items = id instanceof PickleTuple ? id.items : [];
  const [tag, type, key, device, elements, view = null] = items;
  const dtype = type instanceof PickleGlobal ? STORAGES[type.name] : undefined;
  const described = typeof key === "string" && typeof device === "string" && isCount(elements);
  if (tag !== "storage" || dtype === undefined || !described || items.length > 6)
    throw refusals.invalid(`a persistent id of its pickle is ${kindOf(id)}, not a storage`);
  if (view !== null)
    throw refusals.unsupported(`storage ${quoted(key)} is a view of another, as torch wrote them before 0.4`);
  const known = storages.get(key);
  if (known && (known.dtype !== dtype || known.elements !== elements))
    throw refusals.invalid(
      `storage ${quoted(key)} is ${known.dtype} [${known.elements}] in one place and ${dtype} [${elements}] in another`,
    );
  const storage = known ?? new TorchStorage(key, dtype, elements);
  storages.set(key, storage);
  return storage;
}

const isCount = (value: PickleValue | undefined): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
const isCounts = (value: PickleValue | undefined): value is PickleTuple & { items: readonly number[] } =>
  value instanceof PickleTuple && value.items.length <= MAX_RANK && value.items.every(isCount);
