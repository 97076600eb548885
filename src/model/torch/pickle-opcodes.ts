/**
 * The opcodes that a torch state dict uses, written with protocol 2 (torch's default) to 5. Every other opcode is
 * refused, among them INST, OBJ, NEWOBJ, EXT (they make objects), PERSID, DUP, POP, LONG4 and the eight-byte lengths.
 */
import type { PickleMachine } from "./pickle.js";
import { PickleDict, PickleList, PickleTuple, type PickleValue } from "./pickle-values.js";

type Opcode = "STOP" | ((machine: PickleMachine) => void);

const MAX_PROTOCOL = 5;
/** The longest integer that torch writes is the ten-byte magic number. */
const MAX_LONG_BYTES = 16;

/** By byte; names as in Python's pickletools. */
export const OPCODES: Readonly<Record<number, Opcode>> = {
  128: function proto(machine) {
    const [version] = machine.take(1, "PROTO");
    if (version > MAX_PROTOCOL)
      throw machine.rules.unsupported(`its pickle has protocol ${version}, and up to ${MAX_PROTOCOL} are read`);
  },
  149: function frame(machine) {
    machine.take(8, "FRAME"); // a hint for readers of streams; the bytes are here
  },
  [code(".")]: "STOP",

  [code("N")]: (machine) => machine.push(null),
  136: (machine) => machine.push(true),
  137: (machine) => machine.push(false),
  [code("J")]: (machine) => machine.push(machine.take(4, "BININT").readInt32LE()),
  [code("K")]: (machine) => machine.push(machine.take(1, "BININT1")[0]),
  [code("M")]: (machine) => machine.push(machine.take(2, "BININT2").readUInt16LE()),
  138: function long1(machine) {
    const [length] = machine.take(1, "LONG1");
    if (length > MAX_LONG_BYTES) throw machine.invalid(`an integer has ${length} bytes, more than ${MAX_LONG_BYTES}`);
    machine.push(integer(machine.take(length, "LONG1")));
  },
  [code("X")]: (machine) => text(machine, machine.take(4, "BINUNICODE").readUInt32LE(), "utf8"),
  140: (machine) => text(machine, machine.take(1, "SHORT_BINUNICODE")[0], "utf8"),
  [code("U")]: (machine) => text(machine, machine.take(1, "SHORT_BINSTRING")[0], "latin1"), // str of Python 2

  [code("(")]: (machine) => machine.mark(),
  [code(")")]: (machine) => machine.pushContainer(new PickleTuple([])),
  133: (machine) => tuple(machine, 1),
  134: (machine) => tuple(machine, 2),
  135: (machine) => tuple(machine, 3),
  [code("t")]: (machine) => machine.pushContainer(new PickleTuple(machine.popToMark("TUPLE"))),
  [code("]")]: (machine) => machine.pushContainer(new PickleList()),
  [code("a")]: (machine) => append(machine, [machine.pop("APPEND")]),
  [code("e")]: (machine) => append(machine, machine.popToMark("APPENDS")),
  [code("}")]: (machine) => machine.pushContainer(new PickleDict()),
  [code("s")]: function setItem(machine) {
    const value = machine.pop("SETITEM");
    setItems(machine, [machine.pop("SETITEM"), value]);
  },
  [code("u")]: (machine) => setItems(machine, machine.popToMark("SETITEMS")),

  [code("q")]: (machine) => machine.remember(machine.take(1, "BINPUT")[0]),
  [code("r")]: (machine) => machine.remember(machine.take(4, "LONG_BINPUT").readUInt32LE()),
  148: (machine) => machine.remember(machine.memo.size),
  [code("h")]: (machine) => machine.recall(machine.take(1, "BINGET")[0]),
  [code("j")]: (machine) => machine.recall(machine.take(4, "LONG_BINGET").readUInt32LE()),

  [code("c")]: (machine) => machine.global(machine.line(), machine.line()),
  147: function stackGlobal(machine) {
    const name = machine.pop("STACK_GLOBAL");
    const module = machine.pop("STACK_GLOBAL");
    if (typeof module !== "string" || typeof name !== "string") throw machine.invalid("STACK_GLOBAL needs two names");
    machine.global(module, name);
  },
  [code("R")]: (machine) => machine.call(),
  [code("Q")]: (machine) => machine.pushContainer(machine.rules.persistent(machine.pop("BINPERSID"))),
  [code("b")]: function build(machine) {
    machine.pop("BUILD"); // attributes: a state dict's _metadata, of which nothing is needed
    const object = machine.pop("BUILD");
    if (!(object instanceof PickleDict)) throw machine.invalid("BUILD gives attributes to something other than a dict");
    machine.push(object);
  },
};

function code(letter: string): number {
  return letter.charCodeAt(0);
}

function text(machine: PickleMachine, length: number, encoding: BufferEncoding): void {
  machine.push(machine.take(length, "a string").toString(encoding));
}

/** Two's complement, little-endian. */
function integer(bytes: Buffer): number | bigint {
  let value = 0n;
  for (const [index, byte] of bytes.entries()) value |= BigInt(byte) << BigInt(8 * index);
  const signed = BigInt.asIntN(8 * bytes.length, value);
  return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
}

function tuple(machine: PickleMachine, length: number): void {
  const items = Array.from({ length }, () => machine.pop("TUPLE")).reverse();
  machine.pushContainer(new PickleTuple(items));
}

function append(machine: PickleMachine, items: readonly PickleValue[]): void {
  const list = machine.pop("APPEND");
  if (!(list instanceof PickleList)) throw machine.invalid("APPEND has no list below its items");
  for (const item of items) list.items.push(item);
  machine.push(list);
}

function setItems(machine: PickleMachine, items: readonly PickleValue[]): void {
  const dict = machine.pop("SETITEMS");
  if (!(dict instanceof PickleDict)) throw machine.invalid("SETITEMS has no dict below its items");
  if (items.length % 2 !== 0) throw machine.invalid("SETITEMS has a key without a value");
  for (let index = 0; index < items.length; index += 2) {
    const key = items[index];
    if (typeof key !== "string" && typeof key !== "number")
      throw machine.invalid("a key of a dict is neither a string nor a number");
    dict.entries.set(key, items[index + 1]);
  }
  machine.push(dict);
}
