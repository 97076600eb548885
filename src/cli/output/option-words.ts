/** Training options as a report says them. */
import { constantName, type rowOf } from "../../train/options/table.js";

/** An option and its value, as a report says it. */
export function inWords(name: string, value: unknown, phrase: ReturnType<typeof rowOf>["phrase"]): string {
  if (typeof phrase === "string")
    return phrase.replace("{%}", `${100 * Number(value)} %`).replace("{}", JSON.stringify(value));
  const words = Object.entries(phrase ?? {}).find(([key]) => [key, constantName(key)].includes(String(value)));
  return words?.[1] ?? `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`;
}
