/** Versions of Maillard, Node, the runtime and the system. */
import os from "node:os";
import { installedRuntime, type Runtime } from "../../compute/gpu/cuda-files.js";
import { VERSION } from "../version.js";
import { type Finding, ok, problem } from "./finding.js";

/** As `engines` of package.json. */
const LEAST_NODE = [20, 19];

export function versionFindings(
  node = process.versions.node,
  runtime: Pick<Runtime, "version" | "isPresent"> = installedRuntime(process),
): Finding[] {
  const system = `${os.type()} ${os.release()}, ${process.arch}`;
  return [
    ok("VERSIONS", "Maillard", VERSION),
    nodeFinding(node),
    runtime.isPresent
      ? ok("VERSIONS", "onnxruntime-node", runtime.version)
      : problem(
          ...["VERSIONS" as const, "onnxruntime-node", `${runtime.version} has no build for this system (${system})`],
          "Use Linux or Windows on x64 or arm64, or macOS on arm64; install again with: npm ci.",
        ),
    ok("VERSIONS", "system", system),
  ];
}

function nodeFinding(node: string): Finding {
  const [major, minor] = node.split(".").map(Number);
  const [least, leastMinor] = LEAST_NODE;
  if (major > least || (major === least && minor >= leastMinor)) return ok("VERSIONS", "Node", node);
  return problem("VERSIONS", "Node", node, `Install Node ${LEAST_NODE.join(".")} or newer: https://nodejs.org.`);
}
