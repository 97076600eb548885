/**
 * Answers as JSON, for HTTP and WebSocket alike: written in pieces, between which other work has its turn, and never
 * more than the limit. An answer that is too large, or cannot be written, becomes its error.
 */
import { stringifyChunked } from "@discoveryjs/json-ext";
import type { ExecutionResult, FormattedExecutionResult } from "graphql";
import { type AnswerMeter, tooLarge } from "../answer.js";
import type { Context } from "../context.js";
import { turn } from "../pace.js";
import { formatError } from "./errors.js";

/** Characters of a piece: a few ms of work. */
const PIECE = 65_536;

/** The JSON of `result`, whose errors are formatted already. */
export async function writeAnswer(result: FormattedExecutionResult, context: Context): Promise<Buffer[]> {
  const { answer, application, requestId } = context;
  try {
    if (answer.exceeded) throw answer.exceeded;
    // Rows of a sequence were counted nearly as they are: of few there is nothing to divide.
    const few = typeof context.cursor === "string" && answer.bytes < 4 * PIECE;
    return few || isSmall(result) ? [whole(result, answer)] : await pieces(result, answer);
  } catch (error) {
    return [Buffer.from(JSON.stringify({ errors: [formatError(error, requestId, application.log)], data: null }))];
  }
}

/** Nodes and characters of an answer in which there is nothing to divide. */
const SMALL = { nodes: 300, characters: 16_384 };

function isSmall(result: FormattedExecutionResult): boolean {
  const open: unknown[] = [result];
  let characters = 0;
  for (let nodes = 0; open.length > 0; nodes++) {
    if (nodes + open.length > SMALL.nodes || characters > SMALL.characters) return false;
    const value = open.pop();
    if (typeof value === "string") characters += value.length;
    else if (ArrayBuffer.isView(value) || (Array.isArray(value) && value.length > SMALL.nodes)) return false;
    else if (typeof value === "object" && value !== null) {
      const within = Object.values(value);
      if (within.length > SMALL.nodes) return false;
      open.push(...within);
    }
  }
  return characters <= SMALL.characters;
}

function whole({ errors, data, extensions }: FormattedExecutionResult, meter: AnswerMeter): Buffer {
  const bytes = Buffer.from(JSON.stringify({ errors, data, extensions }));
  if (bytes.length > meter.maximum) throw tooLarge(meter.maximum);
  meter.atLeast(bytes.length);
  return bytes;
}

async function pieces({ errors, data, extensions }: FormattedExecutionResult, meter: AnswerMeter): Promise<Buffer[]> {
  const list: Buffer[] = [];
  let bytes = 0;
  for (const text of stringifyChunked({ errors, data, extensions }, { highWaterMark: PIECE })) {
    const piece = Buffer.from(text);
    bytes += piece.length;
    if (bytes > meter.maximum) throw tooLarge(meter.maximum);
    meter.atLeast(bytes);
    list.push(piece);
    // After the last piece there is nothing to wait for.
    if (text.length >= PIECE) await turn(meter);
  }
  return list;
}

/** Stands where Apollo expects the result of an operation that is written already. */
const WRITTEN = {};
/** As Apollo ends its answers. */
const LINE_END = Buffer.from("\n");
/** By the meter: Apollo works on a copy of the context. */
const written = new WeakMap<AnswerMeter, Buffer[]>();

/** Writes the answer of an HTTP request, and keeps it for `takeAnswer`; Apollo gets what is returned instead. */
export async function keepAnswer(
  result: FormattedExecutionResult,
  context: Context,
): Promise<FormattedExecutionResult> {
  written.set(context.answer, [...(await writeAnswer(result, context)), LINE_END]);
  return { data: WRITTEN };
}

/** What Apollo writes itself: nothing of an operation, and refusals of requests that have none. */
export const stringifyResult = (result: FormattedExecutionResult): string =>
  result.data === WRITTEN ? "" : `${JSON.stringify(result)}\n`;

export function takeAnswer(context: Context | undefined): Buffer[] | undefined {
  if (!context) return undefined;
  const pieces = written.get(context.answer);
  written.delete(context.answer);
  return pieces;
}

/**
 * Sends the result, or each event of a subscription, itself. What it answers to graphql-ws, which would write JSON in
 * one go, is only the end.
 */
export function sendEach(
  result: AsyncIterable<ExecutionResult> | ExecutionResult,
  send: (event: ExecutionResult) => Promise<void>,
): AsyncGenerator<never> {
  const over = { value: undefined, done: true } as const;
  const events = Symbol.asyncIterator in result ? result[Symbol.asyncIterator]() : null;
  const end = async () => {
    await events?.return?.();
    return over;
  };
  const sender = {
    next: async (): Promise<IteratorResult<never>> => {
      if (!events) await send(result as ExecutionResult);
      for (let event = await events?.next(); event && !event.done; event = await events?.next())
        await send(event.value);
      return over;
    },
    return: end,
    throw: async (error: unknown) => {
      await end();
      throw error;
    },
    [Symbol.asyncIterator]: () => sender,
  } as AsyncGenerator<never>;
  return sender;
}
