/**
 * Before each test file (`setupFiles`): the next file in the same process finds the environment, the clock and the
 * global objects as this one did.
 */
import { afterAll, vi } from "vitest";

const before = { ...process.env };
afterAll(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
});
