/**
 * What WebGPU needs on Linux: the loader of Vulkan (libvulkan.so.1) and the manifest of at least one driver that is a
 * graphics card's. A manifest names the library of its driver, so drivers that compute on the processor are told apart
 * without starting them: SwiftShader and Mesa's lavapipe. Other systems bring what WebGPU needs (Metal, Direct3D).
 * Source: https://github.com/KhronosGroup/Vulkan-Loader/blob/main/docs/LoaderDriverInterface.md
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { findLibrary, type Machine } from "./libraries.js";

export const VULKAN_LOADER = "libvulkan.so.1";

export interface VulkanDriver {
  /** Name of the manifest's file. */
  manifest: string;
  /** File name of the driver's library. */
  library: string;
  /** Computes on the processor. */
  isSoftware: boolean;
}

const SOFTWARE = /swiftshader|lvp|lavapipe|llvmpipe/i;
const FOLDERS = ["/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/usr/share/vulkan/icd.d"];

/** The drivers that the loader would find: those of VK_DRIVER_FILES or VK_ICD_FILENAMES alone, where one is set. */
export function vulkanDrivers({ environment, root }: Machine): VulkanDriver[] {
  const named = environment.VK_DRIVER_FILES || environment.VK_ICD_FILENAMES;
  const places = named ? named.split(":").filter(Boolean) : FOLDERS.map((folder) => join(root, folder));
  return places.flatMap(manifestsOf).flatMap((path) => driverOf(path) ?? []);
}

/** Why WebGPU cannot work on this machine, in sentences; null: nothing is known against it. */
export function vulkanProblem(machine: Machine): string | null {
  if (machine.platform !== "linux") return null;
  if (!findLibrary(VULKAN_LOADER, machine).path)
    return `In no folder of the loader: ${VULKAN_LOADER}. Install libvulkan1 and the driver of the graphics card.`;
  if (vulkanDrivers(machine).length > 0) return null;
  return "Vulkan has no driver on this machine. Install that of the graphics card.";
}

/** The names of drivers that compute on the processor, where there are no others; else null. */
export function softwareOnly(machine: Machine): string | null {
  if (machine.platform !== "linux") return null;
  const drivers = vulkanDrivers(machine);
  if (drivers.length === 0 || drivers.some(({ isSoftware }) => !isSoftware)) return null;
  return drivers.map(({ library }) => library).join(", ");
}

/** A manifest itself, or those of a folder. */
function manifestsOf(place: string): string[] {
  try {
    if (!statSync(place).isDirectory()) return [place];
    return readdirSync(place)
      .filter((name) => name.endsWith(".json"))
      .map((name) => join(place, name));
  } catch {
    return [];
  }
}

/** Null for a file that is no manifest. */
function driverOf(path: string): VulkanDriver | null {
  try {
    const { ICD } = JSON.parse(readFileSync(path, "utf8")) as { ICD?: { library_path?: unknown } };
    if (typeof ICD?.library_path !== "string") return null;
    const library = basename(ICD.library_path);
    return { manifest: basename(path), library, isSoftware: SOFTWARE.test(library) };
  } catch {
    return null;
  }
}
