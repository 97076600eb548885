/** Texts of molecules that were read before. */
import { describe, expect, it } from "vitest";
import type { Chemistry } from "../../../src/chem/types.js";
import { FormCache } from "../../../src/runs/predictions/form-cache.js";

describe("texts that were read", () => {
  function counted() {
    const asked: string[][] = [];
    const canonical: Chemistry["canonical"] = async (texts) => {
      asked.push([...texts]);
      return texts.map((input) =>
        input === "slow"
          ? { ok: false, error: { input, code: "TIMEOUT", message: "" } }
          : input === "crash"
            ? { ok: false, error: { input, code: "INVALID_SMILES", message: "RDKit crashed on it twice (SIGKILL)" } }
            : input === "bad"
              ? { ok: false, error: { input, code: "INVALID_SMILES", message: "" } }
              : { ok: true, form: { input, smiles: input, droppedFragments: [] } },
      );
    };
    return { asked, canonical };
  }

  it("are read once for each owner; what was too slow is asked again", async () => {
    const { asked, canonical } = counted();
    const forms = new FormCache({ canonical });
    const [first, again] = await forms.read("a", ["CC", "CC", "bad", "slow"]);
    expect(first).toBe(again);
    expect(await forms.read("a", ["slow", "bad", "CC"])).toHaveLength(3);
    await forms.read("b", ["CC"]);
    expect(asked).toEqual([["CC", "bad", "slow"], ["slow"], ["CC"]]);
    // It may have been killed by somebody else.
    for (let turn = 0; turn < 2; turn++) await forms.read("a", ["crash"]);
    expect(asked.slice(3)).toEqual([["crash"], ["crash"]]);
  });

  it("are forgotten, the oldest first, where they take more than their place", async () => {
    const { asked, canonical } = counted();
    const forms = new FormCache({ canonical }, 400);
    for (const text of ["A", "B", "C", "D", "D", "A"]) await forms.read("a", [text]);
    expect(asked.flat()).toEqual(["A", "B", "C", "D", "A"]);
  });
});
