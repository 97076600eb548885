/**
 * The texts of a whole operation, variables and literals alike, checked before it is executed by HTTP or WebSocket
 * (src/text.ts). BAD_INPUT names the path of the value: "input.rows[2].name".
 */
import { type ASTNode, type DocumentNode, Kind, visit } from "graphql";
import { isStorable, requireStorable } from "../../text.js";

/** Documents that are kept (documents.ts) and whose literals are good. */
const good = new WeakSet<DocumentNode>();

export function checkTexts(document: DocumentNode, variables: unknown): void {
  checkVariables(variables);
  if (good.has(document)) return;
  visit(document, {
    StringValue({ value }, _key, _parent, keys) {
      if (!isStorable(value)) requireStorable(value, literalPath(document, keys));
    },
  });
  good.add(document);
}

interface Place {
  value: unknown;
  name: string | number;
  above: Place | null;
}

/** Without recursion: JSON may be nested as deep as a body is long. */
function checkVariables(variables: unknown): void {
  const open: Place[] = [];
  const push = (value: unknown, name: string | number, above: Place | null): void => {
    if (typeof value === "string" || (typeof value === "object" && value !== null)) open.push({ value, name, above });
  };
  const pushAll = (values: object, above: Place | null): void => {
    for (const [name, value] of Object.entries(values)) {
      if (!isStorable(name)) requireStorable(name, placeText(above) || "variables");
      push(value, Array.isArray(values) ? Number(name) : name, above);
    }
  };
  if (typeof variables === "object" && variables !== null) pushAll(variables, null);
  for (let place = open.pop(); place; place = open.pop()) {
    if (typeof place.value !== "string") pushAll(place.value as object, place);
    else if (!isStorable(place.value)) requireStorable(place.value, placeText(place));
  }
}

function placeText(place: Place | null): string {
  const parts: (string | number)[] = [];
  for (let at = place; at; at = at.above) parts.unshift(at.name);
  return written(parts);
}

/** Of a literal: the argument, or the variable whose default it is, and the fields and indices below. */
function literalPath(document: DocumentNode, keys: readonly (string | number)[]): string {
  const parts: (string | number)[] = [];
  let at: unknown = document;
  for (const [index, key] of keys.entries()) {
    at = (at as Record<string | number, unknown>)[key];
    const node = at as ASTNode;
    if (keys[index - 1] === "values") parts.push(key);
    else if (node.kind === Kind.ARGUMENT || node.kind === Kind.OBJECT_FIELD) parts.push(node.name.value);
    else if (node.kind === Kind.VARIABLE_DEFINITION) parts.push(node.variable.name.value);
  }
  return written(parts);
}

const LONGEST_PATH = 200;
const written = (parts: readonly (string | number)[]): string => {
  const text = parts.map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`)).join("");
  return text.replace(/^\./, "").slice(0, LONGEST_PATH);
};
