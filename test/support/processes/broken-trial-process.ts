/** A trial whose driver aborts. */
process.on("message", () => process.abort());
