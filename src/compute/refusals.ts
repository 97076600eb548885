/** Why the pool says no: every error it makes itself, in one place. */
import { MaillardError } from "../errors.js";
import type { DeviceStatus } from "./types.js";

export const closed = () =>
  new MaillardError("CANCELLED", "The compute pool is closing.", { details: { reason: "SHUTDOWN" }, retryable: true });

export const left = () =>
  new MaillardError("CANCELLED", "The request was cancelled by its signal.", { details: { reason: "SIGNAL" } });

export const crashed = (reason: string) =>
  new MaillardError("COMPUTE_CRASHED", `The compute process did not survive this item, twice (${reason}).`, {
    details: { reason },
    retryable: true,
  });

/** The same whatever the size of the request that is refused. */
export const overloaded = (what: "items" | "analyses", limit: number, retryAfterMs: number) =>
  new MaillardError(
    "OVERLOADED",
    `${limit} ${what} may wait, and the queue is full. Try again in ${retryAfterMs} ms.`,
    {
      details: { retryAfterMs, limit },
      retryable: true,
    },
  );

export const noDevice = (devices: DeviceStatus[], retryable: boolean) => {
  const reasons = devices.map(({ id, reason }) => `${id}: ${reason}`).join("; ");
  return new MaillardError("DEVICE_UNAVAILABLE", `No compute device is ready. ${reasons}`, {
    param: "devices",
    details: { devices },
    retryable,
  });
};

export const cannotTrain = (device: string, reason: string) =>
  new MaillardError(
    "DEVICE_UNAVAILABLE",
    `Device ${device} cannot train: ${reason}. Use cpu, or a device that is READY.`,
    {
      param: "device",
      details: { device, reason },
    },
  );
