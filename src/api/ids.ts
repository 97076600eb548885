/**
 * Global ids: base64url of "Type:id"; of a compound that was reached in a dataset or by a SMILES, of
 * "Compound:id/dataset:id" or "Compound:id/smiles:SMILES". The API gives out no other kind, and every argument that
 * takes an id takes these. A text that is not one is BAD_INPUT; one of another type is BAD_INPUT naming both types; an
 * unknown one is null or NOT_FOUND.
 */
import { MaillardError } from "../errors.js";
import type { Reached } from "../store/access/compounds.js";
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

/** A compound, and how it was reached. */
export interface CompoundKey {
  id: string;
  reached: Reached;
}

/** Characters of an id: the longest canonical SMILES have about 1,500. */
const MOST = 4_000;

export const globalId = (type: IdType, id: string): string => Buffer.from(`${type}:${id}`).toString("base64url");

export function compoundId({ id, reached }: CompoundKey): string {
  if (reached === null) return globalId("Compound", id);
  return globalId(
    "Compound",
    "datasetId" in reached ? `${id}/dataset:${reached.datasetId}` : `${id}/smiles:${reached.smiles}`,
  );
}

/** `reached`: of a compound; a SMILES is not known to be one of its forms. */
export function parseGlobalId(text: string, param = "id"): { type: IdType; id: string; reached: Reached } {
  const [, type, id, datasetId, smiles] =
    /^([A-Za-z]+):([\w-]{1,100})(?:\/dataset:([\w-]{1,100})|\/smiles:([!-~]+))?$/.exec(decode(text)) ?? [];
  const reached = datasetId ? { datasetId } : smiles ? { smiles } : null;
  if (type && TYPES.has(type) && (reached === null || type === "Compound"))
    return { type: type as IdType, id, reached };
  const shown = JSON.stringify(text.slice(0, 60));
  throw new MaillardError(
    "BAD_INPUT",
    `${shown} is not an id of this API. Pass the \`id\` that a query or mutation answered.`,
    {
      param,
    },
  );
}

/** Whether RDKit reads a SMILES before the id is answered. Takes anything. */
export const hasSmiles = (id: unknown): boolean => typeof id === "string" && decode(id).includes("/smiles:");

export const idOf = (type: IdType, text: string, param = "id"): string => keyOf(type, text, param).id;

export function keyOf(type: IdType, text: string, param = "id"): CompoundKey {
  const parsed = parseGlobalId(text, param);
  if (parsed.type === type) return parsed;
  throw new MaillardError(
    "BAD_INPUT",
    `${JSON.stringify(text.slice(0, 60))} is the id of a ${parsed.type}; the id of a ${type} is needed here.`,
    {
      param,
    },
  );
}

const decode = (text: string): string =>
  text.length <= MOST && /^[A-Za-z0-9_-]+$/.test(text) ? Buffer.from(text, "base64url").toString("utf8") : "";
