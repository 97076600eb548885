/**
 * The bytes of an answer, counted while its fields resolve, so that memory is never taken for one that is too large.
 * What is counted is never more than the JSON will have: whether an answer at the limit fits is decided when it is
 * written (src/api/transport/answers.ts). Over the limit, each further field fails at once with the same error.
 */
import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from "graphql";
import { MaillardError } from "../errors.js";
import { isLate, turn } from "./pace.js";

/** Bytes of an answer's JSON: 16 MiB. */
export const MAX_ANSWER_BYTES = 16 * 1024 ** 2;
/** Bytes of a float32 that is no short fraction: written as a double, it has 17 digits or hardly fewer. */
const FLOAT_BYTES = 16;
/** Entries of a list that are completed in one go: more than a page has. */
const CHUNK = 250;
/**
 * Entries of lists after which further lists wait for their turn. Below it nothing waits: what a page asks the loaders
 * for is asked in as many statements on a busy machine as on an idle one.
 */
const ENTRIES = 500;
/** Weights of a turn: 10 vectors, or 25 lists. */
const VECTOR = 10;
const LIST = 4;

interface Metered {
  answer: AnswerMeter;
}

/** What all answers of a client, and of all clients, hold together (transport/limits/held-bytes.ts). */
export interface Held {
  /** OVERLOADED above a limit. */
  add(bytes: number): MaillardError | null;
  /** Nothing of it is held any more. */
  release(): void;
  /** The same, for good. */
  close(): void;
}

export class AnswerMeter {
  /** Counted so far. */
  bytes = 0;
  /** Set once it is too large. */
  exceeded: MaillardError | null = null;
  /** Entries of lists since the last turn. */
  private entries = 0;

  constructor(
    readonly maximum: number = MAX_ANSWER_BYTES,
    private readonly held?: Held,
  ) {}

  add(bytes: number): void {
    if (this.exceeded) throw this.exceeded;
    this.bytes += bytes;
    const refusal = this.bytes > this.maximum ? tooLarge(this.maximum) : (this.held?.add(bytes) ?? null);
    if (!refusal) return;
    this.exceeded = refusal;
    throw refusal;
  }

  /** The JSON has so many bytes: more than was counted, of introspection above all. */
  atLeast(bytes: number): void {
    if (bytes > this.bytes) this.add(bytes - this.bytes);
  }

  /** A field begins; `key` names it. */
  addField(key: string | number): void {
    // "key":, and a comma.
    this.add(String(key).length + 4);
  }

  /** The list, after a turn where this operation has done much since its last one. */
  afterTurn<T>(list: readonly T[]): readonly T[] | Promise<readonly T[]> {
    this.entries += list.length;
    if (this.entries < ENTRIES) return list;
    return turn(this, LIST).then(() => {
      this.entries = 0;
      return list;
    });
  }

  /** Starts anew, for the next event of a subscription: the one before was sent. */
  reset(): void {
    this.bytes = 0;
    this.entries = 0;
    this.exceeded = null;
    this.held?.release();
  }
}

export const tooLarge = (maximum: number): MaillardError =>
  new MaillardError(
    "RESULT_TOO_LARGE",
    `The answer is larger than ${maximum} bytes, the most that is sent. Ask for shorter pages, fewer vectors or ` +
      "fewer aliases, in several operations.",
    { details: { limit: "answerBytes", maximum } },
  );

/** Makes every field of the schema count what it answers, and long lists take turns with other work. */
export function meterFields(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith("__")) continue;
    for (const field of Object.values(type.getFields())) meterField(field);
  }
  return schema;
}

function meterField(field: GraphQLField<unknown, Metered>): void {
  const resolve = field.resolve ?? defaultFieldResolver;
  const type = isNonNullType(field.type) ? field.type.ofType : field.type;
  const isVector = isListType(type) && isLeafType(getNamedType(field.type));
  const counted = (value: unknown, meter: AnswerMeter): unknown => {
    meter.add(bytesOf(value));
    if (!Array.isArray(value) || typeof value[0] !== "object") return value;
    return value.length > CHUNK ? inTurns(value, meter) : meter.afterTurn(value);
  };
  field.resolve = (source, given, context, info) => {
    const { answer } = context;
    answer.addField(info.path.key);
    const value = (): unknown => {
      const value = resolve(source, given, context, info);
      return isPromise(value) ? value.then((settled) => counted(settled, answer)) : counted(value, answer);
    };
    // Before numbers are made out of bytes. Other fields start at once, so that loaders collect them.
    return isVector && isLate() ? turn(answer, VECTOR).then(value) : value();
  };
}

/** The same list; all entries but the first ones wait for their turn, in groups. */
function inTurns(list: readonly unknown[], operation: object): unknown[] {
  let group: Promise<void> | undefined;
  return list.map((entry, index) => {
    if (index < CHUNK) return entry;
    if (index % CHUNK === 0) group = (group ?? Promise.resolve()).then(() => turn(operation));
    return (group as Promise<void>).then(() => entry);
  });
}

/** At least so many bytes; objects count by their fields. */
function bytesOf(value: unknown): number {
  switch (typeof value) {
    case "string":
      return value.length + 2;
    case "number":
      return bytesOfNumber(value);
    case "boolean":
      return 4;
    case "object":
      break;
    default:
      return 0;
  }
  if (value === null) return 4;
  if (!Array.isArray(value)) return 2;
  let sum = 2 + value.length;
  for (const entry of value)
    if (typeof entry === "number") sum += bytesOfNumber(entry);
    else if (typeof entry === "string" || Array.isArray(entry)) sum += bytesOf(entry);
  return sum;
}

function bytesOfNumber(value: number): number {
  if (Number.isInteger(value)) return 1;
  return Math.fround(value) === value && !Number.isInteger(value * 65_536) ? FLOAT_BYTES : 3;
}

const isPromise = (value: unknown): value is Promise<unknown> =>
  typeof (value as Promise<unknown> | null | undefined)?.then === "function";
