/**
 * A deletion in a process of its own, which kills itself (SIGKILL): arguments are the URL of the database, the home,
 * kind and id, and when:
 *   begun      everything is written but COMMIT
 *   committed  after it, before a file is removed
 *   removing   when the first file or folder is removed, and its note is not
 *   between    before the second one is
 */
import type { PoolClient } from "pg";
import { Removals } from "../../../src/runs/index.js";
import type { Kind } from "../../../src/runs/removal/things.js";
import { openStore, type Store } from "../../../src/store/index.js";

const [databaseUrl, home, kind, id, point] = process.argv.slice(2);
const opened = await openStore({ home, databaseUrl });
const die = (): void => void process.kill(process.pid, "SIGKILL");
let removed = 0;

const pool = new Proxy(opened.pool, {
  get(target, name) {
    const value = Reflect.get(target, name);
    if (name !== "connect") return typeof value === "function" ? value.bind(target) : value;
    return async () => watched(await target.connect());
  },
});

const watched = (client: PoolClient): PoolClient =>
  new Proxy(client, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (name !== "query") return typeof value === "function" ? value.bind(target) : value;
      return async (text: string, values?: unknown[]) => {
        if (text === "COMMIT" && point === "begun") die();
        const answer = await target.query(text, values);
        if (text === "COMMIT" && point === "committed") die();
        return answer;
      };
    },
  });

const store: Store = {
  ...opened,
  pool,
  artifacts: Object.assign(Object.create(opened.artifacts), {
    remove: async (artifact: string) => {
      if (point === "between" && removed === 1) die();
      await opened.artifacts.remove(artifact);
      removed++;
      if (point === "removing") die();
    },
  }),
};
await new Removals({ store }).delete(kind as Kind, id, { cascade: true });
process.exit(0);
