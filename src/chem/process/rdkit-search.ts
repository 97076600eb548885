/** The search questions, answered by RDKit in its process. A SMARTS is read once for each part of the molecules. */
import type { Answer, SearchQuestion } from "./messages.js";
import { copyOf, morganOf, type Rdkit } from "./rdkit.js";

const PATTERN = JSON.stringify({ nBits: 2048 });
const MATCH = JSON.stringify({ useChirality: true });

export function answerSearch(rdkit: Rdkit, question: SearchQuestion): Answer {
  const answer = search(rdkit, question);
  if (!("reason" in answer)) return answer;
  const advice = question.kind === "search-fingerprints" ? "" : ": give a pattern as SMARTS";
  return {
    ok: false,
    error: { input: question.smiles, code: "INVALID_SMILES", message: `${answer.reason}${advice}` },
  };
}

function search(rdkit: Rdkit, question: SearchQuestion): Answer | { reason: string } {
  switch (question.kind) {
    case "search-fingerprints":
      return rdkit.with(question.smiles, (molecule) => ({
        ok: true,
        morgan: morganOf(molecule),
        pattern: copyOf(molecule.get_pattern_fp_as_uint8array(PATTERN)),
      }));
    case "smarts":
      return rdkit.with(
        question.smiles,
        (pattern) => ({ ok: true, screen: copyOf(pattern.get_pattern_fp_as_uint8array(PATTERN)) }),
        true,
      );
    case "match":
      return rdkit.with(
        question.smiles,
        (pattern) => {
          const stereo = /[@/\\]/.test(question.smiles);
          const has = (smiles: string) =>
            rdkit.withCanonical(smiles, (molecule) => molecule.get_substruct_match(pattern, MATCH) !== "{}", stereo) ??
            false;
          return { ok: true, found: question.molecules.map(has) };
        },
        true,
      );
  }
}
