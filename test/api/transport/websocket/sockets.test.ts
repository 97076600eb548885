/** Sockets whose clients are gone. */

import { expect, it, vi } from "vitest";
import type { WebSocket } from "ws";
import { ignoreDeparted } from "../../../../src/api/transport/websocket/sockets.js";

it.each(["EPIPE", "ECONNRESET"])(
  "a write that fails with %s ends without an error, and its message is done",
  (code) => {
    const error = Object.assign(new Error(`write ${code}`), { code });
    // The write fails before the socket is known to be closed.
    const client = { OPEN: 1, readyState: 1, send: (_data: string, done: (error?: Error) => void) => done(error) };
    ignoreDeparted(client as unknown as WebSocket);
    const done = vi.fn();
    client.send("{}", done);
    expect(done.mock.calls).toEqual([[]]);
  },
);
