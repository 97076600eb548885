/** Starts, and says nothing. */
process.on("message", () => {});
