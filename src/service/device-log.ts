/** Lines of the log about the devices at the start: which was chosen and why, which cannot be used and why. */
import type { DeviceStatus } from "../compute/types.js";
import type { Log } from "./log.js";

export function logDevices(devices: readonly DeviceStatus[], log: Log): void {
  for (const { id, state, reason, choice } of devices) {
    if (choice !== undefined) log.info("MAILLARD_DEVICES=auto chose a device.", { device: id, choice });
    if (state === "UNAVAILABLE")
      log.error("A device of MAILLARD_DEVICES cannot be used; `npx maillard doctor` says more.", {
        device: id,
        reason,
      });
  }
}
