/** The data folder is for its user alone, also one that an earlier version made readable by others. */
import { chmod, lstat, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openStore } from "../../src/store/index.js";
import { makeHomePrivate } from "../../src/store/private.js";

const isRoot = process.getuid?.() === 0;
let home: string;
let umask: number;
beforeEach(async () => {
  umask = process.umask(0o022);
  home = join(await mkdtemp(join(tmpdir(), "maillard-private-")), "home");
  await chmod(join(home, ".."), 0o755);
});
afterEach(async () => {
  process.umask(umask);
  await rm(join(home, ".."), { recursive: true, force: true });
});

const modeOf = async (path: string): Promise<number> => (await lstat(path)).mode & 0o777;
const modes = async (...parts: string[]) =>
  Object.fromEntries(await Promise.all(parts.map(async (part) => [part, await modeOf(join(home, part))] as const)));

it("a new home is closed to others, and so are the files that are made in it; the database works", async () => {
  const store = await openStore({ home });
  try {
    await store.artifacts.write("models/one/config.json", "{}");
    expect(await modeOf(store.artifacts.path("models/one/config.json"))).toBe(0o600);
    await mkdir(join(home, "artifacts", "later"));
    // Root's database runs as another user, who has to reach <home>/postgres.
    expect(await modeOf(home)).toBe(isRoot ? 0o711 : 0o700);
    expect(await modes("artifacts", "artifacts/models", "artifacts/models/one", "artifacts/later", "postgres")).toEqual(
      {
        artifacts: 0o700,
        "artifacts/models": 0o700,
        "artifacts/models/one": 0o700,
        "artifacts/later": 0o700,
        postgres: 0o700,
      },
    );
    expect(await store.prisma.dataset.count()).toBe(0);
    for (const name of await readdir(home)) expect((await modeOf(join(home, name))) & 0o077).toBe(0);
  } finally {
    await store.close();
  }
});

it("an existing home is mended; what is not Maillard's stays", async () => {
  await mkdir(join(home, "artifacts", "runs"), { recursive: true });
  await mkdir(join(home, "mine"));
  await writeFile(join(home, "artifacts", "runs", "model.safetensors"), "");
  await writeFile(join(home, "mine", "notes"), "");
  expect((await modes("artifacts/runs/model.safetensors"))["artifacts/runs/model.safetensors"]).toBe(0o644);
  await makeHomePrivate(home);
  expect(await modes("", "artifacts", "artifacts/runs", "artifacts/runs/model.safetensors", "mine/notes")).toEqual({
    "": isRoot ? 0o711 : 0o700,
    artifacts: 0o700,
    "artifacts/runs": 0o700,
    "artifacts/runs/model.safetensors": 0o600,
    "mine/notes": 0o644,
  });
});

it("a folder for everybody stays so", async () => {
  await mkdir(home);
  await chmod(home, 0o1777);
  await makeHomePrivate(home);
  expect((await lstat(home)).mode & 0o7777).toBe(0o1777);
});
