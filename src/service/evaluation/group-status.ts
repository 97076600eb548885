/** The status of a group, from those of its runs. */
import type { Run, RunGroup, RunStatus } from "../../store/generated/client.js";

export function groupStatus({ kind, rungsLeft }: RunGroup, runs: readonly Pick<Run, "status">[]): RunStatus {
  const statuses = new Set(runs.map(({ status }) => status));
  const going = (["RUNNING", "QUEUED"] as const).filter((status) => statuses.has(status));
  // Of a sweep that is not decided yet, PAUSED trials wait for the others.
  const begun = statuses.has("SUCCEEDED") || (rungsLeft > 0 && statuses.has("PAUSED"));
  if (going.length > 0) return going.length === 2 || begun ? "RUNNING" : going[0];
  if (statuses.has("PAUSED")) return "PAUSED";
  // A sweep ends its other trials itself.
  if (kind === "SWEEP" && statuses.has("SUCCEEDED")) return "SUCCEEDED";
  if (statuses.has("FAILED")) return "FAILED";
  return statuses.has("CANCELLED") ? "CANCELLED" : "SUCCEEDED";
}
