/**
 * Where Prisma's own tools find the schema, the migrations and the database. Maillard itself applies migrations with
 * src/store/migrate.ts and needs none of this at run time.
 */
import { defineConfig } from "prisma/config";

// `generate`, `validate` and `format` never start the schema engine but insist on having one, and would download it: any
// program will do. Not so for `migrate`, which would then exit 0 and do nothing.
if (process.argv.some((argument) => ["generate", "validate", "format"].includes(argument))) {
  process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;
}

export default defineConfig({
  schema: "prisma/schema.prisma",
  migrations: { path: "prisma/migrations" },
  datasource: { url: process.env.DATABASE_URL ?? "" },
});
