/** Prisma's schema engine as WebAssembly, over a database of the tests: the results of Prisma's own tools. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { PrismaPg } from "@prisma/adapter-pg";
import { bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils";
import * as engine from "@prisma/schema-engine-wasm/schema_engine_bg";
import { MIGRATIONS, readMigrations } from "../../src/store/migrate.js";

const require = createRequire(import.meta.url);
const SCHEMA = join(MIGRATIONS, "..", "schema.prisma");
const filters = { externalTables: [], externalEnums: [] };

interface Exports {
  __wbindgen_start(): void;
}
interface Instantiator {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: Exports } }>;
}

let loaded: Promise<void> | undefined;

async function load(): Promise<void> {
  const path = require.resolve("@prisma/schema-engine-wasm/schema_engine_bg").replace(/\.js$/, ".wasm");
  // The types of WebAssembly belong to browsers' library.
  const { WebAssembly } = globalThis as unknown as { WebAssembly: Instantiator };
  const { instance } = await WebAssembly.instantiate(await readFile(path), { "./schema_engine_bg.js": engine });
  (engine as unknown as { __wbg_set_wasm(exports: Exports): void }).__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
}

async function open(url: string) {
  loaded ??= load();
  await loaded;
  const schema = await readFile(SCHEMA, "utf8");
  const factory = bindMigrationAwareSqlAdapterFactory(new PrismaPg({ connectionString: url }));
  return {
    schema,
    engine: await engine.SchemaEngine.new({ datamodels: [["schema.prisma", schema]] }, () => undefined, factory),
  };
}

/** SQL that makes an empty database what schema.prisma says. */
export async function sqlOfSchema(url: string): Promise<string> {
  const { schema, engine } = await open(url);
  const files = [{ path: "schema.prisma", content: schema }];
  const request = {
    from: { tag: "empty" },
    to: { tag: "schemaDatamodel", files },
    script: true,
    exitCode: null,
    filters,
    shadowDatabaseUrl: null,
  };
  return (await engine.diff(request as never)).stdout as string;
}

/** The data of `prisma migrate status`. */
export async function migrationHistory(url: string) {
  const { engine } = await open(url);
  const migrations = await readMigrations();
  const migrationsList = {
    baseDir: MIGRATIONS,
    lockfile: { path: "migration_lock.toml", content: await readFile(join(MIGRATIONS, "migration_lock.toml"), "utf8") },
    shadowDbInitScript: "",
    migrationDirectories: migrations.map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: "migration.sql", content: { tag: "ok", value: sql } },
    })),
  };
  return engine.diagnoseMigrationHistory({ migrationsList, optInToShadowDatabase: false, filters } as never);
}
