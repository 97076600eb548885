/** The metrics of a run as an event file, for `tensorboard --logdir <folder>`. */
import { randomUUID } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { eventFileHead, eventFileName, eventRecord } from "../../tables/event-file.js";
import type { Session } from "../session.js";
import { metricsOf } from "./run-tables.js";

/**
 * Writes `<folder>/events.out.tfevents.<start>.<host>`: the same run gives the same file, so that a second export
 * replaces the first. Tags are "train/loss", "validation/accuracy" and so on.
 */
export async function writeEvents(
  session: Session,
  id: string,
  folder: string,
): Promise<{ path: string; count: number }> {
  await mkdir(folder, { recursive: true });
  const part = join(folder, `${randomUUID()}.part`);
  const file = await open(part, "w");
  let [count, start] = [0, new Date(0)];
  try {
    for await (const { split, name, step, value, at } of metricsOf(session, id)) {
      if (count === 0) {
        start = new Date(at);
        await file.write(eventFileHead(start));
      }
      await file.write(eventRecord({ tag: `${split.toLowerCase()}/${name}`, step, value, at: new Date(at) }));
      count++;
    }
    if (count === 0) await file.write(eventFileHead(start));
    await file.close();
    const path = join(folder, eventFileName(start, hostname()));
    await rename(part, path);
    return { path, count };
  } finally {
    await file.close().catch(() => undefined);
    await rm(part, { force: true });
  }
}
