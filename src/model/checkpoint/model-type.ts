/**
 * The family of a checkpoint whose config.json names none, as transformers wrote them until 2019: from the class that
 * the file names, else from the names of the tensors.
 */
import { MaillardError } from "../../errors.js";
import type { Json } from "../families/family.js";
import { FAMILIES } from "../families/index.js";
import type { Family } from "../types.js";

/** Names that only one family has, without its prefix. */
const OWN_NAMES: [RegExp, Family][] = [
  [/^encoder\.albert_layer_groups\./, "albert"],
  [/^transformer\.layer\.\d+\.attention\.q_lin\./, "distilbert"],
  [/^layers\.\d+\.attn\.Wqkv\./, "modernbert"],
  [/^(embeddings_project|generator_predictions|discriminator_predictions)\./, "electra"],
  [/^cls\.predictions\./, "bert"],
  [/^lm_head\.(dense|layer_norm)\./, "roberta"],
];

/**
 * @param names of the tensors; null: not known
 * @throws CHECKPOINT_UNSUPPORTED where they fit several families
 */
export function modelType(given: Json, names: Iterable<string> | null): Family {
  const { architectures } = given;
  const families = Object.keys(FAMILIES) as Family[];
  const named = Array.isArray(architectures) ? String(architectures[0]) : "";
  const byClass = families.find((family) => named.startsWith(`${FAMILIES[family].className}For`));
  const family = byClass ?? families.find((other) => named === `${FAMILIES[other].className}Model`);
  if (family) return family;
  const all = [...(names ?? [])];
  for (const name of all) {
    const bare = name.replace(/^module\./, "");
    const prefix = families.find((other) => other !== "modernbert" && bare.startsWith(`${other}.`));
    if (prefix) return prefix;
    const own = OWN_NAMES.find(([pattern]) => pattern.test(bare.replace(/^model\./, "")));
    if (own) return own[1];
  }
  if (all.some((name) => /^(module\.)?pooler\.dense\./.test(name)) && countsAsBert(given)) return "bert";
  throw new MaillardError(
    "CHECKPOINT_UNSUPPORTED",
    "config.json: model_type is missing, and the names of the tensors do not tell which of " +
      `${families.join(", ")} are known it is. Add it to config.json.`,
  );
}

/**
 * Bare names with a pooler are bert's or roberta's, which differ in where positions start: RoBERTa has one token type,
 * the padding token 1, and two positions more than it takes tokens.
 */
const countsAsBert = ({
  type_vocab_size: types,
  pad_token_id: pad,
  max_position_embeddings: positions,
}: Json): boolean => types === 2 && (pad ?? 0) === 0 && typeof positions === "number" && positions % 8 === 0;
