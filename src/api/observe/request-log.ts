/**
 * One line of the log for each request and each operation of a WebSocket: MAILLARD_LOG_REQUESTS.
 *   all      each
 *   failed   those whose status is 400 or more, or whose code is not OK (default)
 *   none
 * A line has no SMILES, name or key. At the level debug there are all lines, each with the document and its variables.
 */
import { DEFAULT_REQUEST_LOG, type RequestLogChoice } from "../../observe/settings.js";
import type { Log } from "../../service/log.js";

/** Characters of the document, and of the variables as JSON, in a line at the level debug. */
const MOST_TEXT = 4_000;

export interface Asked {
  query?: unknown;
  variables?: unknown;
}

export type LogRequest = (line: Readonly<Record<string, unknown>>, failed: boolean, asked?: () => Asked) => void;

export function requestLog(log: Log, choice: RequestLogChoice = DEFAULT_REQUEST_LOG): LogRequest {
  return (line, failed, asked) => {
    if (log.debug) log.debug("A request was answered.", { ...line, ...(asked ? shortened(asked()) : {}) });
    else if (choice === "all" || (choice === "failed" && failed)) log.info("A request was answered.", { ...line });
  };
}

const shortened = ({ query, variables }: Asked): Record<string, unknown> => ({
  ...(typeof query === "string" ? { query: query.slice(0, MOST_TEXT) } : {}),
  ...(variables ? { variables: JSON.stringify(variables).slice(0, MOST_TEXT) } : {}),
});
