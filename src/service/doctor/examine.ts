/** Everything that a start needs, looked at in a fixed order. One part that fails does not hide the others. */
import { inspectDatabase } from "../../store/inspect/inspect.js";
import { databaseFindings } from "./database.js";
import { type DeviceSettings, deviceFindings } from "./devices.js";
import type { Finding } from "./finding.js";
import { diskFinding, type MachineSettings, memoryFindings, processorFindings } from "./machine.js";
import { type PortSettings, portFindings } from "./ports.js";
import { versionFindings } from "./versions.js";

export interface DoctorSettings extends DeviceSettings, MachineSettings, PortSettings {
  databaseUrl?: string;
}

export async function examine(settings: DoctorSettings): Promise<Finding[]> {
  const { home, databaseUrl } = settings;
  const parts = [
    versionFindings(),
    await deviceFindings(settings),
    await databaseFindings(() => inspectDatabase({ home, databaseUrl })),
    [await diskFinding(home)],
    await portFindings(settings),
    memoryFindings(settings),
    processorFindings(settings),
  ];
  return parts.flat();
}
