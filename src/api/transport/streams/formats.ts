/**
 * How events are written on one HTTP answer. Which one is asked for is said by `Accept`:
 *   text/event-stream                        the "distinct connections mode" of graphql-sse: an event `next` for each
 *                                            result, then `complete`
 *   multipart/mixed;subscriptionSpec=1.0     Apollo's protocol: a part { payload } for each result. A part is complete
 *                                            with the boundary behind it, so that is sent with it
 */
export interface StreamFormat {
  contentType: string;
  /** Before anything else: an answer begins at once. */
  opening: string;
  /** Around the JSON of a result. `cursor`: with which the client can continue after it. */
  before(cursor: string | null): string;
  after: string;
  /** Nothing has happened: it keeps the connection open. */
  heartbeat: string;
  /** Nothing more comes. */
  ending: string;
}

const EVENTS: StreamFormat = {
  contentType: "text/event-stream; charset=utf-8",
  opening: ":\n\n",
  before: (cursor) => `${cursor === null ? "" : `id: ${cursor}\n`}event: next\ndata: `,
  after: "\n\n",
  heartbeat: ":\n\n",
  ending: "event: complete\ndata: \n\n",
};

const PART = "\r\ncontent-type: application/json\r\n\r\n";
const MULTIPART: StreamFormat = {
  contentType: 'multipart/mixed; boundary="graphql"; subscriptionSpec=1.0',
  opening: "\r\n--graphql",
  before: () => `${PART}{"payload":`,
  after: "}\r\n--graphql",
  heartbeat: `${PART}{}\r\n--graphql`,
  ending: "--\r\n",
};

/** Null: the client takes no stream. */
export function formatOf(accept = ""): StreamFormat | null {
  if (/\btext\/event-stream\b/i.test(accept)) return EVENTS;
  return /\bmultipart\/mixed\b[^,]*\bsubscriptionSpec\s*=\s*"?1\.0\b/i.test(accept) ? MULTIPART : null;
}

/** Of Apollo's protocol: queries and mutations are answered as ever. */
export const takesSubscriptionsOnly = (format: StreamFormat): boolean => format === MULTIPART;
