/**
 * Runs in the order of one of their scores: pages by keyset over the rows of the scores, which an index has in this
 * order. Runs of one score come in the order of ids; those without it are not in the list.
 */
import { MaillardError } from "../../errors.js";
import type { Prisma, Run } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import { isStorable } from "../../text.js";
import type { KeysetSource } from "../connections.js";
import type { RunScoreInput } from "../types/inputs/list-filters.js";

type Key = (string | number)[];

/** BAD_INPUT without a score. */
export function byScore(
  { prisma }: Pick<Store, "principal" | "prisma">,
  conditions: Prisma.RunWhereInput,
  order: "SCORE_ASC" | "SCORE_DESC",
  score: RunScoreInput | null,
): KeysetSource<Run, Key> {
  if (!score)
    throw new MaillardError("BAD_INPUT", `An order by score needs \`score\`: say which, e.g. {name: "macroF1"}.`, {
      param: "score",
    });
  const { split } = score;
  // A name that cannot be stored is that of no score.
  const name = isStorable(score.name) ? score.name : "";
  const rising = order === "SCORE_ASC";
  const where: Prisma.RunScoreWhereInput = { split, name, run: conditions };
  /** Of the rows of this list. */
  const values = new Map<string, number>();
  const beyond = ([, , , value, id]: Key, further: boolean): Prisma.RunScoreWhereInput => {
    const [bound, idBound] = [rising === further ? "gt" : "lt", further ? "gt" : "lt"];
    return { OR: [{ value: { [bound]: value } }, { value: value as number, runId: { [idBound]: id } }] };
  };
  return {
    keyOf: ({ id }) => ["SCORE", split, name, values.get(id) as number, id],
    fetch: async ({ after, before, take, backwards }) => {
      const bounds = [...(after ? [beyond(after, true)] : []), ...(before ? [beyond(before, false)] : [])];
      const rows = await prisma.runScore.findMany({
        where: { AND: [where, ...bounds] },
        orderBy: [{ value: rising !== backwards ? "asc" : "desc" }, { runId: backwards ? "desc" : "asc" }],
        take,
        include: { run: true },
      });
      for (const { runId, value } of rows) values.set(runId, value);
      return rows.map(({ run }) => run);
    },
    count: () => prisma.runScore.count({ where }),
    isKey: (key): key is Key =>
      Array.isArray(key) &&
      key.length === 5 &&
      key[0] === "SCORE" &&
      key[1] === split &&
      key[2] === name &&
      Number.isFinite(key[3]) &&
      typeof key[4] === "string" &&
      /^[\w-]{1,100}$/.test(key[4]),
  };
}
