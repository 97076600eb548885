/** Keys of the API for tests: made as an administrator makes them, with limits of their own. */
import { createKey, type KeyRequest } from "../../src/service/access/keys.js";
import type { Application } from "../../src/service/application.js";

interface Limits {
  pointsPerMinute?: number;
  maxRuns?: number;
  maxBytes?: number;
}

/** The headers of a request with the new key, and its id. */
export async function newKey(
  application: Application,
  { name, role = "MEMBER", projects }: Partial<KeyRequest> & { name: string },
  limits: Limits = {},
): Promise<{ id: string; authorization: string }> {
  const { key, apiKey } = await createKey(application, { name, role, projects }, { rescued: true });
  await application.store.prisma.apiKey.update({ where: { id: apiKey.id }, data: limits });
  await application.keys.refresh();
  return { id: apiKey.id, authorization: `Bearer ${key}` };
}
