/**
 * What the runtime says of a device that fails, in words for an operator. Its own text begins with names of functions
 * in C++, and has the name of the host in it.
 */

/** Of https://docs.nvidia.com/cuda/cuda-runtime-api (cudaError): what to do about the usual ones. */
const ADVICE: Readonly<Record<string, string>> = {
  35: "Install the NVIDIA driver, 580 or newer.",
  100: "No card is seen: in a container, start it with --gpus all.",
  101: "There is no card of this number: nvidia-smi lists them, from 0.",
};
const CUDA = /\b(CU[A-Z]+ failure (\d+): [^;]*?)\s*;.*?(?:expr=(.*))?$/s;
/** The place in the source, the function and the condition, before what is said. */
const SOURCE = /^\S+\.(?:cc|h):\d+ .* was false\. /s;

export function runtimeReason(message: string): string {
  const text = message.trim();
  const [, failure, number, expression] = CUDA.exec(text) ?? [];
  if (failure === undefined) return withStop(text.replace(SOURCE, ""));
  const place = expression ? ` in ${expression.replace(/[;.\s]+$/, "")}` : "";
  return [`${failure}${place}.`, ADVICE[number]].filter(Boolean).join(" ");
}

const withStop = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
