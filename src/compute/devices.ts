/**
 * The syntax of MAILLARD_DEVICES: `cpu`, `webgpu` or `cuda:N`, separated by commas, each once; or `auto` alone, which
 * gpu/choose.ts makes one of them. Whether a device works is not checked here: its process finds out when it starts.
 */
import { MaillardError } from "../errors.js";

type Provider = "cpu" | "webgpu" | "cuda";

export interface DeviceName {
  /** As given and as shown: cpu, webgpu, cuda:0, … */
  id: string;
  /** Name of the runtime's execution provider. */
  provider: Provider;
  /** Number of the card; undefined where the provider has one device only. */
  deviceId: number | undefined;
  /** Why `auto` chose it, in sentences; absent for a device that was named. */
  choice?: string;
}

export const AUTO = "auto";

const SYNTAX = 'Devices are "cpu", "webgpu" or "cuda:N" (N = 0, 1, …), separated by commas, each once';
const SETTING = 'Set MAILLARD_DEVICES, for example cpu,cuda:0; "auto" alone chooses one.';

/** Throws INVALID_CONFIG for what MAILLARD_DEVICES may not be. */
export function checkDevices(text: string): void {
  if (text !== AUTO) parseDevices(text);
}

export function parseDevices(text = "cpu"): DeviceName[] {
  const devices = text.split(",").map((part) => parseDevice(part.trim(), text));
  const ids = new Set(devices.map((device) => device.id));
  if (ids.size < devices.length) throw refuse(text, text);
  return devices;
}

function parseDevice(name: string, text: string): DeviceName {
  if (name === "cpu" || name === "webgpu") return { id: name, provider: name, deviceId: undefined };
  const card = /^cuda:(0|[1-9]\d?)$/.exec(name);
  if (!card) throw refuse(name, text);
  return { id: name, provider: "cuda", deviceId: Number(card[1]) };
}

const refuse = (value: string, text: string): MaillardError =>
  new MaillardError("INVALID_CONFIG", `${SYNTAX}; got "${value}". ${SETTING}`, {
    param: "devices",
    details: { devices: text },
  });
