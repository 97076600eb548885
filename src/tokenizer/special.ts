/** The five special tokens of an encoder: their usual names, and what a Hugging Face folder calls them. */
import { MaillardError } from "../errors.js";

export type Role = "pad" | "unknown" | "start" | "end" | "mask";

/** In the order of our own vocabularies: ids 0 to 4. */
export const SPECIAL_TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] as const;

const KEYS: Record<Role, readonly string[]> = {
  pad: ["pad_token"],
  unknown: ["unk_token"],
  start: ["cls_token", "bos_token"],
  end: ["sep_token", "eos_token"],
  mask: ["mask_token"],
};

const NAMES: Record<Role, readonly string[]> = {
  pad: ["[PAD]", "<pad>"],
  unknown: ["[UNK]", "<unk>"],
  start: ["[CLS]", "<s>"],
  end: ["[SEP]", "</s>"],
  mask: ["[MASK]", "<mask>"],
};

export interface SpecialIds {
  padId: number;
  unknownId: number;
  startId: number;
  endId: number;
  maskId: number | null;
}

/** The name of each role: as the folder's files say, else the usual name that is in the vocabulary. */
export function specialNames(
  isToken: (name: string) => boolean,
  ...settings: Record<string, unknown>[]
): Partial<Record<Role, string>> {
  const names: Partial<Record<Role, string>> = {};
  for (const role of Object.keys(KEYS) as Role[]) {
    const said = KEYS[role].flatMap((key) => settings.map((setting) => contentOf(setting[key])));
    const name = [...said, ...NAMES[role]].find((candidate) => candidate !== undefined && isToken(candidate));
    if (name !== undefined) names[role] = name;
  }
  return names;
}

export function specialIds(
  names: Partial<Record<Role, string>>,
  idOf: (name: string) => number | undefined,
): SpecialIds {
  const id = (role: Role): number => {
    const found = names[role] === undefined ? undefined : idOf(names[role]);
    if (found !== undefined) return found;
    throw new MaillardError(
      "CHECKPOINT_INVALID",
      `the tokenizer has no ${role} token (${NAMES[role].join(" or ")}): ` +
        `name it in special_tokens_map.json as ${KEYS[role][0]}`,
      { details: { role } },
    );
  };
  return {
    padId: id("pad"),
    unknownId: id("unknown"),
    startId: id("start"),
    endId: id("end"),
    maskId: (names.mask === undefined ? undefined : idOf(names.mask)) ?? null,
  };
}

export const specialIdSet = ({ padId, unknownId, startId, endId, maskId }: SpecialIds): ReadonlySet<number> =>
  new Set([padId, unknownId, startId, endId, ...(maskId === null ? [] : [maskId])]);

/** Every token that the files call special, by role or as a further one. */
export function specialContents(...settings: Record<string, unknown>[]): ReadonlySet<string> {
  const keys = [...Object.values(KEYS).flat(), "additional_special_tokens", "extra_special_tokens"];
  const values = settings.flatMap((setting) => keys.flatMap((key) => setting[key]));
  return new Set(values.flatMap((value) => contentOf(value) ?? []));
}

/** "<s>" or {"content": "<s>", …}. */
function contentOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (value && typeof value === "object" && "content" in value && typeof value.content === "string")
    return value.content;
  return undefined;
}
