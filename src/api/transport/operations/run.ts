/** An operation that did not come through Apollo is run: its result or events, with errors as the API tells them. */
import { type ExecutionArgs, type ExecutionResult, execute, GraphQLError, subscribe } from "graphql";
import { inSpan } from "../../../observe/spans.js";
import type { Log } from "../../../service/log.js";
import type { Context } from "../../context.js";
import { endObserved } from "../../observe/observed.js";
import { mapEvents } from "../../subscriptions.js";
import type { Drain } from "../drain.js";
import { formatError, SILENT } from "../errors.js";

type Failed = Pick<Context, "requestId"> & Partial<Pick<Context, "operation">>;

/** Work that ends because its client has left is no error of the server. */
export function formatted(error: unknown, { requestId, operation }: Failed, log: Log): GraphQLError {
  const { message, path, locations, extensions } = formatError(error, requestId, operation?.left ? SILENT : log);
  // graphql-ws closes the socket over anything that is not of this class.
  return Object.assign(new GraphQLError(message, { path, extensions }), { locations });
}

const formattedAll = (result: ExecutionResult, context: Context, log: Log): ExecutionResult =>
  result.errors ? { ...result, errors: result.errors.map((error) => formatted(error, context, log)) } : result;

/** With `drain` it is SHUTTING_DOWN where the server closes before it is done. */
export async function runOnce(args: ExecutionArgs, log: Log, drain?: Drain): Promise<ExecutionResult> {
  const context = args.contextValue as Context;
  const { operation } = context;
  try {
    const work = operation.track(caught(() => inSpan("operation", {}, async () => execute(args))));
    const result = formattedAll(await caught(() => drain?.inTime(work) ?? work), context, log);
    endObserved(context, result.errors);
    return result;
  } finally {
    operation.answered();
  }
}

/** Its events; a result alone where it does not begin. An error in the middle is the last event. */
export async function runEvents(
  args: ExecutionArgs,
  log: Log,
): Promise<AsyncGenerator<ExecutionResult> | ExecutionResult> {
  const context = args.contextValue as Context;
  const { operation } = context;
  const result = await operation.track(caught(() => subscribe(args)));
  if (!(Symbol.asyncIterator in result)) {
    const one = formattedAll(result, context, log);
    endObserved(context, one.errors);
    operation.answered();
    return one;
  }
  return mapEvents(result, {
    map: (event) => formattedAll(event, context, log),
    onError: (error): ExecutionResult => {
      const errors = [formatted(error, context, log)];
      endObserved(context, errors);
      return { errors };
    },
    onEnd: () => {
      endObserved(context, null);
      operation.answered();
    },
  });
}

/** What `run` throws as an error of its result: thrown, it would close the connection and say nothing to the client. */
const caught = async <T>(run: () => T): Promise<Awaited<T> | ExecutionResult> => {
  try {
    return await run();
  } catch (error) {
    return { errors: [new GraphQLError("", { originalError: error as Error })] };
  }
};

export const KEY_ENDED = new GraphQLError("The key of this connection has ended.", {
  extensions: { code: "UNAUTHENTICATED", retryable: false },
});
