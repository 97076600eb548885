/**
 * What may be requested from a hub: names of repositories, revisions, the endpoint, and which addresses are private. A
 * name or revision that breaks its rule is BAD_INPUT; none can lead to another host or path.
 */
import { BlockList, isIP } from "node:net";
import { MaillardError } from "../../errors.js";

export const DEFAULT_ENDPOINT = "https://huggingface.co";

/** A hub in the layout of huggingface.co. */
export interface Hub {
  /** HF_ENDPOINT, without a slash at its end. */
  endpoint: string;
  /** HF_TOKEN: sent to the endpoint's own origin and nowhere else. */
  token?: string;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,95}\/[A-Za-z0-9][A-Za-z0-9._-]{0,95}$/;
/** Branches, tags and commits; no ".." and nothing that ends a path or begins a query. */
const REVISION = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$/;

export function checkRepository(name: string, param = "hub"): void {
  if (NAME.test(name) && !name.includes("..")) return;
  throw new MaillardError(
    "BAD_INPUT",
    `${JSON.stringify(name.slice(0, 120))} is not the name of a repository: give owner/name, as in ` +
      "seyonec/PubChem10M_SMILES_BPE_450k.",
    { param },
  );
}

export function checkRevision(revision: string, param = "revision"): void {
  if (REVISION.test(revision) && !revision.includes("..")) return;
  throw new MaillardError(
    "BAD_INPUT",
    `${JSON.stringify(revision.slice(0, 120))} is not a revision: give a branch, a tag or the sha of a commit.`,
    { param },
  );
}

/** What is wrong with the operator's settings; null when they are valid. */
export function endpointProblem({ endpoint, token }: Hub): string | null {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null;
  const sound = url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash;
  if (!sound) return "HF_ENDPOINT is an address such as https://huggingface.co, without a user, a query or a fragment.";
  const host = hostOf(url);
  const near = host === "localhost" || (isIP(host) !== 0 && isPrivate(host));
  if (token && url.protocol === "http:" && !near)
    return "HF_TOKEN would cross the network in clear: give HF_ENDPOINT as https://, or leave HF_TOKEN out.";
  if (token && !/^[\x21-\x7e]+$/.test(token)) return "HF_TOKEN is one word of printable ASCII characters.";
  return null;
}

/** The host as Node resolves it: an IPv6 address without its brackets. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, "");

/** Networks that are not the public internet (RFC 6890 and its registry), with those that could wrap one of them. */
const PRIVATE = new BlockList();
for (const [network, prefix] of [
  ...([
    ["0.0.0.0", 8],
    ["10.0.0.0", 8],
    ["100.64.0.0", 10],
    ["127.0.0.0", 8],
    ["169.254.0.0", 16],
  ] as const),
  ...([
    ["172.16.0.0", 12],
    ["192.0.0.0", 24],
    ["192.0.2.0", 24],
    ["192.168.0.0", 16],
    ["198.18.0.0", 15],
  ] as const),
  ...([
    ["198.51.100.0", 24],
    ["203.0.113.0", 24],
    ["224.0.0.0", 4],
    ["240.0.0.0", 4],
  ] as const),
])
  PRIVATE.addSubnet(network, prefix, "ipv4");
for (const [network, prefix] of [
  ...([
    ["::", 96],
    ["64:ff9b::", 96],
    ["64:ff9b:1::", 48],
    ["100::", 64],
    ["2001::", 32],
    ["2001:db8::", 32],
  ] as const),
  ...([
    ["2002::", 16],
    ["fc00::", 7],
    ["fe80::", 10],
    ["fec0::", 10],
    ["ff00::", 8],
  ] as const),
])
  PRIVATE.addSubnet(network, prefix, "ipv6");

/** True of an address that is not on the public internet. IPv4 inside IPv6 (::ffff:10.0.0.1) is judged as IPv4. */
export function isPrivate(address: string): boolean {
  const [plain] = address.split("%"); // without the zone of a link-local one
  return PRIVATE.check(plain, isIP(plain) === 6 ? "ipv6" : "ipv4");
}
