/**
 * Which GPU may be used, and what MAILLARD_DEVICES=auto means on this machine: a GPU (CUDA, else WebGPU) that gives the
 * processor's numbers and is faster than it, else the processor. Why is kept with the device, and said in the log.
 *
 *   files missing: BROKEN   a driver that computes on the processor: SOFTWARE     both are not tried by `auto`
 *   ended, silent for 30 s: BROKEN   other numbers: WRONG   not faster: SLOW      else USABLE
 */
import { MaillardError } from "../../errors.js";
import { AUTO, type DeviceName, parseDevices } from "../devices.js";
import { defaultThreads } from "../threads.js";
import { cudaProblem } from "./cuda-files.js";
import { type Machine, thisMachine } from "./libraries.js";
import { runtimeReason } from "./runtime-reason.js";
import { type TrialResult, Trials } from "./trial.js";
import { softwareOnly, vulkanProblem } from "./vulkan.js";

/** In the order in which they are tried. */
export const CANDIDATES: readonly DeviceName[] = parseDevices("cuda:0,webgpu");
/** TensorFloat-32, which CUDA uses for products, has 10 bits of mantissa. */
const MOST_DIFFERENCE = 5e-3;

export interface DeviceTrials {
  run(device: DeviceName, threads: number): Promise<TrialResult>;
}

export interface Considered {
  device: DeviceName;
  fitness: "USABLE" | "SLOW" | "SOFTWARE" | "WRONG" | "BROKEN";
  /** What was seen, in sentences. */
  reason: string;
}

export interface Consideration {
  trials: DeviceTrials;
  /** Threads of the processor. */
  threads: number;
  machine: Machine;
  /** Also what is known not to work, or to be software. Default false. */
  evenSo?: boolean;
}

/** The devices to start: those of a list, or the one that `auto` chooses, with its reason in `choice`. */
export async function devicesFor(
  text: string | undefined,
  { threads, entry }: { threads?: number; entry?: URL } = {},
): Promise<DeviceName[]> {
  if (text !== AUTO) return parseDevices(text);
  const trials = new Trials({ entry });
  try {
    return [await chooseDevice({ trials, threads: threads ?? defaultThreads(), machine: thisMachine() })];
  } finally {
    await trials.close();
  }
}

export async function chooseDevice(consideration: Consideration): Promise<DeviceName> {
  const considered: Considered[] = [];
  for (const device of CANDIDATES) {
    considered.push(await consider(device, consideration));
    if (considered.at(-1)?.fitness === "USABLE") break;
  }
  return choiceOf(considered);
}

/** The first usable one, else the processor with the reasons of all. */
export function choiceOf(considered: readonly Considered[]): DeviceName {
  const usable = considered.find(({ fitness }) => fitness === "USABLE");
  const others = considered.slice(0, usable ? considered.indexOf(usable) : undefined);
  const refused = others.map(({ device, reason }) => `${device.id}: ${reason}`);
  if (usable) return { ...usable.device, choice: [usable.reason, ...refused].join(" ") };
  return { ...parseDevices("cpu")[0], choice: ["No GPU is used.", ...refused].join(" ") };
}

/** Never rejects: a device that fails is BROKEN. */
export async function consider(
  device: DeviceName,
  { trials, threads, machine, evenSo = false }: Consideration,
): Promise<Considered> {
  const software = device.provider === "webgpu" ? softwareOnly(machine) : null;
  const problem = await problemOf(device, machine);
  if (problem !== null && !evenSo) return { device, fitness: "BROKEN", reason: problem };
  const isSoftware = `It computes on the processor (${software}).`;
  if (software !== null && !evenSo) return { device, fitness: "SOFTWARE", reason: isSoftware };
  try {
    const judged = judge(device, await trials.run(device, threads));
    if (software !== null && judged.fitness !== "WRONG")
      return { device, fitness: "SOFTWARE", reason: `${isSoftware} ${judged.reason}` };
    return { device, ...judged };
  } catch (error) {
    const said = runtimeReason(MaillardError.from(error).message);
    return { device, fitness: "BROKEN", reason: problem === null ? said : `${problem} The runtime says: ${said}` };
  }
}

async function problemOf({ provider }: DeviceName, machine: Machine): Promise<string | null> {
  if (provider === "cuda") return cudaProblem(machine);
  return provider === "webgpu" ? vulkanProblem(machine) : null;
}

type Judgement = Pick<Considered, "fitness" | "reason">;

function judge({ provider }: DeviceName, { difference, deviceMs, processorMs }: TrialResult): Judgement {
  const apart = difference.toExponential(1);
  if (!(difference <= MOST_DIFFERENCE))
    return { fitness: "WRONG", reason: `It computes other numbers than the processor (difference ${apart}).` };
  if (provider === "cpu")
    return { fitness: "USABLE", reason: `A product of matrices takes ${milliseconds(deviceMs)}.` };
  const reason =
    `It gives the processor's numbers (difference ${apart}). ` +
    `A product of matrices takes ${milliseconds(deviceMs)}, on the processor ${milliseconds(processorMs)}.`;
  return { fitness: deviceMs < processorMs ? "USABLE" : "SLOW", reason };
}

const milliseconds = (time: number): string => `${time.toFixed(1)} ms`;
