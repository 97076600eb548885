/**
 * The manners of a child process: it lives exactly as long as its parent's channel. Ctrl-C reaches a whole terminal
 * group, and a service manager signals every process of a service; both are the parent's to answer, so that a running
 * batch can end. A computation that blocks the thread delays the exit by at most one batch or one training step.
 */
export function followParent(title: string): void {
  process.title = title;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
  process.on("disconnect", () => process.exit(0));
}

/** Resolves when the message is in the pipe. Without a parent there is nobody to work for. */
export function tell(message: object): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected || !process.send) process.exit(0);
    process.send(message, undefined, undefined, () => resolve());
  });
}
