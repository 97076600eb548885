/** Keys of the API for tests: made as an administrator makes them, with limits of their own. */
import { createKey, type KeyRequest } from "../../../src/service/access/keys.js";
import type { Application } from "../../../src/service/application.js";

/** The headers of a request with the new key, and its id. */
export async function newKey(
  application: Application,
  { name, role = "MEMBER", projects }: Partial<KeyRequest> & { name: string },
  limits: KeyRequest["limits"] = {},
): Promise<{ id: string; authorization: string }> {
  const { key, apiKey } = await createKey(application, { name, role, projects, limits }, { rescued: true });
  return { id: apiKey.id, authorization: `Bearer ${key}` };
}
