/**
 * Tests that need WebGPU: a GPU, or a software adapter (`.ci/run` installs one). They run where MAILLARD_TEST_WEBGPU is
 * 1 and else are skipped, with the reason printed.
 */
import { describe } from "vitest";

const asked = process.env.MAILLARD_TEST_WEBGPU === "1";
if (!asked)
  console.log("Tests on WebGPU: skipped, MAILLARD_TEST_WEBGPU is not 1. docs/gpu-training.md has the set-up.");

export const onWebGpu = describe.skipIf(!asked);
