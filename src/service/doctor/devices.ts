/**
 * The devices that can be named in MAILLARD_DEVICES, each tried in a process of its own, and the libraries that GPUs
 * need. A device that is not named is looked at as well: it is never more than OK.
 */
import { AUTO, parseDevices } from "../../compute/devices.js";
import { CANDIDATES, type Considered, choiceOf, consider, type DeviceTrials } from "../../compute/gpu/choose.js";
import { type CudaFile, cudaFiles, hasProvider, NO_PROVIDER } from "../../compute/gpu/cuda-files.js";
import { findLibrary, type Machine, thisMachine } from "../../compute/gpu/libraries.js";
import { Trials } from "../../compute/gpu/trial.js";
import { VULKAN_LOADER, vulkanDrivers } from "../../compute/gpu/vulkan.js";
import { type Finding, ok, problem, warning } from "./finding.js";

export interface DeviceSettings {
  /** MAILLARD_DEVICES: a list, or auto. */
  devices: string;
  /** Of the processor. */
  threads: number;
  /** For tests. */
  machine?: Machine;
  trials?: DeviceTrials;
}

const PAGE = "See docs/gpu.md.";

export async function deviceFindings(settings: DeviceSettings): Promise<Finding[]> {
  const { machine = thisMachine() } = settings;
  const own = settings.trials ? null : new Trials();
  const trials = settings.trials ?? (own as Trials);
  try {
    const named = settings.devices === AUTO ? [] : parseDevices(settings.devices);
    const others = [...parseDevices("cpu"), ...CANDIDATES].filter(({ id }) => !named.some((one) => one.id === id));
    const seen: Considered[] = [];
    for (const device of [...named, ...others])
      seen.push(await consider(device, { trials, threads: settings.threads, machine, evenSo: named.includes(device) }));
    const wanted = (provider: string): Considered | undefined =>
      seen.find(({ device }) => device.provider === provider && named.includes(device));
    return [
      ...(settings.devices === AUTO ? [chosen(seen)] : []),
      ...seen.map((one) => (named.includes(one.device) ? namedDevice(one) : otherDevice(one))),
      ...(await cudaFindings(machine, wanted("cuda"))),
      ...vulkanFindings(machine, wanted("webgpu")),
    ];
  } finally {
    await own?.close();
  }
}

function chosen(seen: readonly Considered[]): Finding {
  const considered = CANDIDATES.flatMap(({ id }) => seen.find(({ device }) => device.id === id) ?? []);
  return ok("DEVICES", AUTO, `chooses ${choiceOf(considered).id}; what was seen of each device follows`);
}

function namedDevice({ device, fitness, reason }: Considered): Finding {
  const others = `Name other devices in MAILLARD_DEVICES. ${PAGE}`;
  switch (fitness) {
    case "USABLE":
      return ok("DEVICES", device.id, reason);
    case "SLOW":
      return warning("DEVICES", device.id, `slower than the processor. ${reason}`, others);
    case "SOFTWARE":
      return warning("DEVICES", device.id, `no graphics card. ${reason}`, others);
    default:
      return problem("DEVICES", device.id, reason, others);
  }
}

const otherDevice = ({ device, fitness, reason }: Considered): Finding =>
  ok("DEVICES", device.id, `not in MAILLARD_DEVICES; ${fitness === "USABLE" ? "works" : "not usable"}. ${reason}`);

/** One finding for each file. Of a device that works in spite of it, a missing one is a warning. */
async function cudaFindings(machine: Machine, wanted: Considered | undefined): Promise<Finding[]> {
  if (!hasProvider(machine)) return [ok("LIBRARIES", "CUDA", NO_PROVIDER)];
  return (await cudaFiles(machine)).map((file) => libraryFinding(file, wanted));
}

function libraryFinding({ name, part, path, problem: wrong, advice }: CudaFile, wanted?: Considered): Finding {
  if (wrong === null) return ok("LIBRARIES", name, path ?? "");
  if (!wanted) return ok("LIBRARIES", name, `${wrong}; only CUDA needs it`);
  const toDo = advice ?? PAGE;
  if (part === "LATER") return warning("LIBRARIES", name, `${wrong}; the provider asks for it when it wants it`, toDo);
  return wanted.fitness === "BROKEN"
    ? problem("LIBRARIES", name, wrong, toDo)
    : warning("LIBRARIES", name, wrong, toDo);
}

function vulkanFindings(machine: Machine, wanted: Considered | undefined): Finding[] {
  if (machine.platform !== "linux") return [];
  const { path } = findLibrary(VULKAN_LOADER, machine);
  const drivers = vulkanDrivers(machine).map(({ library, isSoftware }) => library + (isSoftware ? " (software)" : ""));
  const missing = (name: string, found: string, advice: string): Finding =>
    wanted ? problem("LIBRARIES", name, found, advice) : ok("LIBRARIES", name, `${found}; only WebGPU needs it`);
  const [none, install] = ["in no folder of the loader", "Install it: Debian and Ubuntu have it in libvulkan1."];
  return [
    path ? ok("LIBRARIES", VULKAN_LOADER, path) : missing(VULKAN_LOADER, none, install),
    drivers.length > 0
      ? ok("LIBRARIES", "Vulkan drivers", drivers.join(", "))
      : missing("Vulkan drivers", "none", "Install the driver of the graphics card."),
  ];
}
