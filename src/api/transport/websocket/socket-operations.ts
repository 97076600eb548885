/**
 * The operations of one WebSocket. One is under way until all its work has ended: a `complete` of its client, or the
 * end of the socket, aborts its signal, and it counts until what it had begun is over.
 */
import { Operation, type OperationOptions } from "../../operation.js";

export class SocketOperations {
  readonly #open = new Set<Operation>();
  readonly #byId = new Map<string, Operation>();
  #closed = false;

  /** Operations under way. */
  get size(): number {
    return this.#open.size;
  }

  begin(id: string, options: Omit<OperationOptions, "onOver">, onOver: () => void = () => undefined): Operation {
    const operation = new Operation({
      ...options,
      onOver: () => {
        onOver();
        this.#open.delete(operation);
        if (this.#byId.get(id) === operation) this.#byId.delete(id);
      },
    });
    this.#open.add(operation);
    this.#byId.set(id, operation);
    if (this.#closed) operation.leave();
    return operation;
  }

  /** Every message of the client: `complete` ends an operation. graphql-ws tells nobody of it. */
  receive(text: string): void {
    try {
      const message: unknown = JSON.parse(text);
      if (!message || typeof message !== "object" || !("type" in message) || message.type !== "complete") return;
      if ("id" in message && typeof message.id === "string") this.#byId.get(message.id)?.leave();
    } catch {
      // graphql-ws closes the socket over it.
    }
  }

  /** The socket is closed. */
  leave(): void {
    this.#closed = true;
    for (const operation of [...this.#open]) operation.leave();
  }
}
