/** One molecule of many on which a model fails: it fails alone. */
import { describe, expect, it } from "vitest";
import { MaillardError } from "../../../src/errors.js";
import { askAlone } from "../../../src/runs/predictions/alone.js";

const texts = ["a", "b", "bad", "c", "worse", "d"];
const signal = new AbortController().signal;

/** Fails on texts of more than one letter, with the place of the first one. */
function failing(code: "COMPUTE_CRASHED" | "DEVICE_UNAVAILABLE" = "COMPUTE_CRASHED") {
  const asked: string[] = [];
  const ask = async (of: readonly string[]): Promise<string[]> => {
    asked.push(of.join(" "));
    const index = of.findIndex((text) => text.length > 1);
    if (index >= 0) throw new MaillardError(code, of[index], { details: { index } });
    return of.map((text) => text.toUpperCase());
  };
  return { asked, ask };
}
const said = (answers: (string | MaillardError)[]) =>
  answers.map((answer) => (answer instanceof MaillardError ? `${answer.code} ${answer.message}` : answer));
const EXPECTED = ["A", "B", "COMPUTE_CRASHED bad", "C", "COMPUTE_CRASHED worse", "D"];

describe("molecules of which one ends the process", () => {
  it("are asked again without it, when the error names its place", async () => {
    const { asked, ask } = failing();
    const failures: string[] = [];
    const onFailure = (error: MaillardError) => void failures.push(error.message);
    expect(said(await askAlone(texts, ask, { signal, isIndexed: true, onFailure }))).toEqual(EXPECTED);
    expect(asked).toEqual(["a b bad c worse d", "a b c worse d", "a b c d"]);
    expect(failures).toEqual(["bad", "worse"]);
  });

  it("are asked in halves, when places are not those of the texts", async () => {
    const { asked, ask } = failing();
    expect(said(await askAlone(texts, ask, { signal, isIndexed: false }))).toEqual(EXPECTED);
    expect(asked[1]).toBe("a b bad");
  });

  it("all fail by an error that no molecule causes, and when nobody waits any more", async () => {
    const { asked, ask } = failing("DEVICE_UNAVAILABLE");
    await expect(askAlone(texts, ask, { signal, isIndexed: true })).rejects.toMatchObject({
      code: "DEVICE_UNAVAILABLE",
    });
    expect(asked).toHaveLength(1);
    const left = failing();
    await expect(askAlone(texts, left.ask, { signal: AbortSignal.abort(), isIndexed: true })).rejects.toMatchObject({
      code: "COMPUTE_CRASHED",
    });
    expect(left.asked).toHaveLength(1);
  });
});
