/**
 * Entry of the forked RDKit process: answers questions one after the other and runs as long as its parent's channel is
 * open. When RDKit's WebAssembly instance traps, it reports the trap and ends; the parent starts another process.
 */
import { compileLate, followParent, tell } from "../../process/child-life.js";
import type { Answer, FromProcess, Question, ToProcess } from "./messages.js";
import { Rdkit } from "./rdkit.js";
import { answerSearch } from "./rdkit-search.js";

followParent();
compileLate();

const rdkit = await Rdkit.load();

function answer(question: Question): Answer {
  if (question.kind === "search-fingerprints" || question.kind === "smarts" || question.kind === "match")
    return answerSearch(rdkit, question);
  if (question.kind === "parse") return rdkit.parse(question.smiles);
  if (question.kind === "canonical") return rdkit.canonical(question.smiles);
  if (question.kind === "properties") return rdkit.properties(question.smiles);
  const refused = (message: string): Answer => ({
    ok: false,
    error: { input: question.smiles, code: "INVALID_SMILES", message },
  });
  if (question.kind === "forms") {
    const written = rdkit.forms(question.smiles, { seed: question.seed, count: question.count });
    return "forms" in written ? { ok: true, forms: written.forms } : refused(written.reason);
  }
  if (question.kind === "fingerprint") {
    const made = rdkit.fingerprint(question.smiles);
    return "bits" in made ? { ok: true, bits: made.bits } : refused(made.reason);
  }
  if (question.kind === "environments") {
    const made = rdkit.environments(question.smiles, question.radius);
    return "ids" in made ? { ok: true, ...made } : refused(made.reason);
  }
  if (question.kind === "block") {
    const written = rdkit.block(question.smiles);
    return "block" in written ? { ok: true, block: written.block } : refused(written.reason);
  }
  if (question.kind === "inchi" || question.kind === "mol-block") {
    const written = rdkit.withInchi(question.smiles);
    return "inchi" in written ? { ok: true, ...written } : refused(written.reason);
  }
  const drawn = rdkit.draw(question.smiles, { width: question.width, height: question.height });
  if ("svg" in drawn) return { ok: true, svg: drawn.svg };
  return refused(drawn.reason);
}

process.on("message", async ({ questions }: ToProcess) => {
  for (const question of questions) {
    try {
      await tell({ kind: "answer", answer: answer(question) } satisfies FromProcess);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      await tell({ kind: "trap", message } satisfies FromProcess);
      process.exit(1);
    }
  }
});

// The first molecule takes many times as long as later ones, and would be taken for a slow one.
rdkit.parse("CC(=O)Oc1ccccc1C(=O)O");
await tell({ kind: "ready" } satisfies FromProcess);
