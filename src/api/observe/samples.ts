/** What the server itself says at a scrape: operations that compute, streams that are open. */
import type { Sample } from "../../observe/recorder.js";
import type { Kind } from "../operation.js";

export function serverSamples({ gauges }: { gauges: Record<Kind, number> }, { total }: { total: number }): Sample[] {
  return [
    ...Object.entries(gauges).map(([kind, value]): Sample => {
      return { name: "maillard_computing_operations", labels: [kind], value };
    }),
    { name: "maillard_streams", labels: [], value: total },
  ];
}
