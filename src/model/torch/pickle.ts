/**
 * Reads one Python pickle, and runs nothing: opcodes build plain values, and every opcode outside the table of
 * pickle-opcodes.ts and every global outside the rules is refused.
 *
 * Every length is checked against the bytes that are there before memory is allocated for it, and a pickle may hold no
 * more than LIMITS: neither time nor memory exceeds a small multiple of its bytes. Nothing here recurses. Format: PEP
 * 307 and Python's pickletools.
 */
import { OPCODES } from "./pickle-opcodes.js";
import { PickleGlobal, PickleTuple, type PickleValue } from "./pickle-values.js";
import { quoted, type Refusals } from "./source.js";

export interface PickleRules extends Refusals {
  /** Every "module.name" that may be named. */
  readonly globals: ReadonlySet<string>;
  /** Result of a call of an allowed global. */
  call(name: string, parameters: readonly PickleValue[]): PickleValue;
  /** Result for an object outside the pickle. */
  persistent(id: PickleValue): PickleValue;
}

/**
 * A state dict takes some 250 bytes, 7 containers and 13 memo entries for each tensor, and pushes 1,000 entries of a
 * dict at once. The limits allow more than 20,000 tensors, in less than 100 MB.
 */
export const LIMITS = { bytes: 8 * 2 ** 20, containers: 200_000, stack: 10_000, marks: 100, memo: 500_000 };

export class PickleMachine {
  readonly stack: PickleValue[] = [];
  /** Heights of the stack at each open mark. */
  readonly marks: number[] = [];
  readonly memo = new Map<number, PickleValue>();
  private containers = 0;

  constructor(
    private readonly bytes: Buffer,
    private at: number,
    readonly rules: PickleRules,
  ) {}

  run(): { value: PickleValue; end: number } {
    for (;;) {
      const place = this.at;
      const code = this.take(1, "an opcode")[0];
      const opcode = OPCODES[code];
      if (!opcode)
        throw this.rules.unsupported(
          `its pickle has the opcode 0x${code.toString(16).padStart(2, "0")} at byte ${place}, ` +
            "and only those of a plain state dict are read",
        );
      if (opcode === "STOP") {
        const value = this.pop("STOP");
        if (this.stack.length > 0 || this.marks.length > 0)
          throw this.invalid(`STOP leaves ${this.stack.length} values and ${this.marks.length} marks behind`);
        return { value, end: this.at };
      }
      opcode(this);
    }
  }

  /** The next bytes: a view. */
  take(length: number, what: string): Buffer {
    if (length > this.bytes.length - this.at)
      throw this.invalid(`${what} needs ${length} bytes and ${this.bytes.length - this.at} are left`);
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  /** The next line without its end; names are short. */
  line(): string {
    const end = this.bytes.indexOf(10, this.at);
    if (end < 0 || end - this.at > 255) throw this.invalid("a name has no end within 255 bytes");
    const text = this.take(end - this.at, "a name").toString("utf8");
    this.at++;
    return text;
  }

  push(value: PickleValue): void {
    if (this.stack.length >= LIMITS.stack) throw this.invalid(`the stack holds more than ${LIMITS.stack} values`);
    this.stack.push(value);
  }

  /** Counts the values that take memory of their own. */
  pushContainer(value: PickleValue): void {
    this.containers++;
    if (this.containers > LIMITS.containers)
      throw this.invalid(`it makes more than ${LIMITS.containers} tuples, lists, dicts and objects`);
    this.push(value);
  }

  pop(what: string): PickleValue {
    if (this.stack.length <= (this.marks.at(-1) ?? 0)) throw this.invalid(`${what} finds the stack empty`);
    return this.stack.pop()!;
  }

  mark(): void {
    if (this.marks.length >= LIMITS.marks) throw this.invalid(`more than ${LIMITS.marks} marks are open`);
    this.marks.push(this.stack.length);
  }

  popToMark(what: string): PickleValue[] {
    const height = this.marks.pop();
    if (height === undefined) throw this.invalid(`${what} finds no mark`);
    return this.stack.splice(height);
  }

  remember(key: number): void {
    if (this.memo.size >= LIMITS.memo) throw this.invalid(`it remembers more than ${LIMITS.memo} values`);
    const value = this.pop("a memo");
    this.stack.push(value);
    this.memo.set(key, value);
  }

  recall(key: number): void {
    const value = this.memo.get(key);
    if (value === undefined) throw this.invalid(`memo ${key} was never set`);
    this.push(value);
  }

  global(module: string, name: string): void {
    const full = `${module}.${name}`;
    if (!this.rules.globals.has(full))
      throw this.rules.unsupported(
        `its pickle names ${quoted(full)}, which a plain state dict of tensors does not need and which is not run here`,
      );
    this.pushContainer(new PickleGlobal(full));
  }

  call(): void {
    const parameters = this.pop("REDUCE");
    const callee = this.pop("REDUCE");
    if (!(callee instanceof PickleGlobal) || !(parameters instanceof PickleTuple))
      throw this.invalid("REDUCE needs a global and a tuple");
    this.pushContainer(this.rules.call(callee.name, parameters.items));
  }

  invalid(rule: string) {
    return this.rules.invalid(`at byte ${this.at} of its pickle ${rule}`);
  }
}

/** The pickle that starts at `start`, and the place behind it. */
export function readPickle(bytes: Buffer, start: number, rules: PickleRules): { value: PickleValue; end: number } {
  return new PickleMachine(bytes, start, rules).run();
}
