/** Every error that the pool makes itself. Those of work in a process of its own come from src/process. */
import { MaillardError } from "../errors.js";
import { stopped } from "../process/refusals.js";
import type { DeviceStatus } from "./types.js";

export { overloaded } from "../process/refusals.js";

export const closed = () => stopped("The compute pool is closing.", "SHUTDOWN");

export const left = () => stopped("The request was cancelled by its signal.", "SIGNAL");

export const crashed = (reason: string) =>
  new MaillardError("COMPUTE_CRASHED", `The compute process did not survive this item, twice (${reason}).`, {
    details: { reason },
    retryable: true,
  });

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
