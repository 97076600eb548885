/** Starts, and sends nothing. */
process.on("message", () => {});
