/**
 * Global ids: base64url of "Type:id". The API gives out no other kind, and every argument that takes an id takes these.
 * A text that is not one is BAD_INPUT; one of another type is BAD_INPUT naming both types; an unknown one is null or
 * NOT_FOUND.
 */
import { MaillardError } from "../errors.js";
import type { NodeTypeName } from "./types/node.js";

/** Keys of the API have ids and are no nodes. */
type IdType = NodeTypeName | "ApiKey";

const TYPES: ReadonlySet<string> = new Set<IdType>([
  "ApiKey",
  "Compound",
  "Dataset",
  "Embedding",
  "Model",
  "ModelDownload",
  "Prediction",
  "Run",
  "RunGroup",
]);

export const globalId = (type: IdType, id: string): string => Buffer.from(`${type}:${id}`).toString("base64url");

export function parseGlobalId(text: string, param = "id"): { type: IdType; id: string } {
  const [, type, id] = /^([A-Za-z]+):([\w-]{1,100})$/.exec(decode(text)) ?? [];
  if (type && TYPES.has(type)) return { type: type as IdType, id };
  const shown = JSON.stringify(text.slice(0, 60));
  throw new MaillardError(
    "BAD_INPUT",
    `${shown} is not an id of this API. Pass the \`id\` that a query or mutation answered.`,
    {
      param,
    },
  );
}

export function idOf(type: IdType, text: string, param = "id"): string {
  const parsed = parseGlobalId(text, param);
  if (parsed.type === type) return parsed.id;
  throw new MaillardError(
    "BAD_INPUT",
    `${JSON.stringify(text.slice(0, 60))} is the id of a ${parsed.type}; the id of a ${type} is needed here.`,
    {
      param,
    },
  );
}

const decode = (text: string): string =>
  text.length <= 200 && /^[A-Za-z0-9_-]+$/.test(text) ? Buffer.from(text, "base64url").toString("utf8") : "";
