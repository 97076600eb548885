import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { notify, type Store } from "../../src/store/index.js";
import { Notifications } from "../../src/store/notifications.js";
import { createTestStore } from "../support/database.js";

let store: Store;
beforeAll(async () => {
  store = await createTestStore();
});
afterAll(() => store.close());

/** Resolves at the next wake of the topic, then unsubscribes. */
const next = (topic: string): Promise<void> =>
  new Promise((resolve) => {
    const unsubscribe = store.notifications.subscribe(topic, () => {
      unsubscribe();
      resolve();
    });
  });

describe("notifications", () => {
  it("wake all subscribers of their topic, and no others", async () => {
    let others = 0;
    const before = store.notifications.topics;
    const unsubscribe = store.notifications.subscribe("run:b", () => others++);
    const woken = Promise.all([next("run:a"), next("run:a")]);
    await notify(store.pool, ["run:a"]);
    await woken;
    expect(others).toBe(0);
    unsubscribe();
    expect(store.notifications.topics).toBe(before);
  });

  it("come when the transaction commits, not before and not after a rollback", async () => {
    const client = await store.pool.connect();
    let wakes = 0;
    const unsubscribe = store.notifications.subscribe("run:c", () => wakes++);
    await client.query("BEGIN");
    await notify(client, ["run:c", "run:c"]);
    await client.query("ROLLBACK");
    await client.query("BEGIN");
    await notify(client, ["run:c"]);
    const marker = next("marker");
    await notify(store.pool, ["marker"]); // sent after all earlier notifications
    await marker;
    expect(wakes).toBe(0);
    const woken = next("run:c");
    await client.query("COMMIT");
    await woken;
    expect(wakes).toBe(1);
    unsubscribe();
    client.release();
  });

  it("wake all subscribers once the connection is back, each time it is cut", async () => {
    for (let round = 0; round < 3; round++) {
      const woken = Promise.all([next("run:d"), next("run:e")]);
      await store.pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE application_name = 'maillard-listen' AND datname = current_database()`,
      );
      await woken;
      expect(store.notifications.connected).toBe(true);
      const again = next("run:d");
      await notify(store.pool, ["run:d"]);
      await again;
    }
  });

  it("close at once, also while the database is unreachable", async () => {
    let refuse = false;
    let tries = 0;
    const notifications = new Notifications({
      url: store.url,
      beforeReconnect: async () => {
        tries++;
        if (refuse) throw new Error("away");
      },
    });
    await notifications.start();
    refuse = true;
    await store.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'maillard-listen' AND datname = current_database()`,
    );
    while (tries < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    await notifications.close();
    expect(notifications.connected).toBe(false);
  });
});
