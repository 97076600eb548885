/** The device of a run, chosen among those of the pool. DEVICE_UNAVAILABLE names those that can be used. */
import type { ComputePool } from "../../compute/types.js";
import { MaillardError } from "../../errors.js";

/** The requested device, else the one on which the run began, else the first that is READY. */
export function chooseDevice(compute: ComputePool, asked: string | null, previous?: string): string {
  const devices = compute.devices();
  const usable = devices.filter(({ state }) => state !== "UNAVAILABLE").map(({ id }) => id);
  if (asked !== null && !usable.includes(asked)) {
    const reason = devices.find(({ id }) => id === asked)?.reason;
    throw new MaillardError(
      "DEVICE_UNAVAILABLE",
      `The device ${asked} is not available${reason ? `: ${reason}` : ""}. Available: ${usable.join(", ") || "none"}.`,
      {
        param: "device",
        details: { available: usable },
      },
    );
  }
  if (asked !== null) return asked;
  if (previous !== undefined && usable.includes(previous)) return previous;
  const first = devices.find(({ state }) => state === "READY")?.id ?? usable[0];
  if (first !== undefined) return first;
  throw new MaillardError("DEVICE_UNAVAILABLE", "No device is available. See `devices` for the reasons.", {
    param: "device",
    details: { available: [] },
  });
}
