import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  assignment,
  guard,
  isFinal,
  mayMove,
  STATUSES,
  TRANSITIONS,
  type TransitionName,
} from "../../../src/runs/queue/states.js";
import { newId, type Store } from "../../../src/store/index.js";
import { createTestStore } from "../../support/database.js";
import { seedBase, seedDataset } from "../../support/run-fixtures.js";

/** The table once more, written the other way round: what each status may become. */
const EXPECTED: Record<string, Partial<Record<string, string>>> = {
  QUEUED: { claim: "RUNNING", cancel: "CANCELLED", pause: "PAUSED" },
  RUNNING: { requeue: "QUEUED", succeed: "SUCCEEDED", fail: "FAILED", cancel: "CANCELLED", pause: "PAUSED" },
  SUCCEEDED: {},
  FAILED: { retry: "QUEUED" },
  CANCELLED: { retry: "QUEUED" },
  PAUSED: { resume: "QUEUED", cancel: "CANCELLED" },
};
const names = Object.keys(TRANSITIONS) as TransitionName[];
const product = STATUSES.flatMap((from) => names.map((name) => [from, name] as const));

describe("the state table", () => {
  it.each(product)("%s by %s, in TypeScript", (from, name) => {
    expect(mayMove(from, name) ? TRANSITIONS[name].to : undefined).toBe(EXPECTED[from][name]);
  });

  it("has three statuses that nothing leaves by itself", () => {
    expect(STATUSES.filter(isFinal)).toEqual(["SUCCEEDED", "FAILED", "CANCELLED"]);
  });

  describe("in SQL", () => {
    let store: Store;
    let ids: { datasetId: string; baseModelId: string };
    beforeAll(async () => {
      store = await createTestStore();
      await seedBase(store);
      const { id: baseModelId } = await store.prisma.model.findFirstOrThrow({ where: { name: "base" } });
      ids = { datasetId: await seedDataset(store), baseModelId };
    });
    afterAll(() => store.close());

    it("has the statuses of the database's own type", async () => {
      const { rows } = await store.pool.query<{ status: string }>(
        `SELECT unnest(enum_range(NULL::"RunStatus"))::text AS status`,
      );
      expect(rows.map(({ status }) => status)).toEqual([...STATUSES]);
    });

    it.each(product)("%s by %s", async (status, name) => {
      const run = await store.prisma.run.create({
        data: { id: newId(), kind: "FINETUNE", name: "x", inputHash: "", input: {}, status, ...ids },
      });
      await store.pool.query(`UPDATE "Run" SET ${assignment(name)} WHERE id = $1 AND ${guard(name)}`, [run.id]);
      const after = await store.prisma.run.findUniqueOrThrow({ where: { id: run.id } });
      expect(after.status).toBe(EXPECTED[status][name] ?? status);
    });
  });
});
