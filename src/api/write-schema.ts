/** Writes schema.graphql to the path given as argument: run by scripts/generate.mjs. */
import "reflect-metadata";
import { writeSchema } from "./schema.js";

await writeSchema(process.argv[2]);
