/**
 * The client of the RDKit processes. Promises:
 *  - answers come in the order of the questions, and one bad, slow or crashing SMILES does not affect the others: the
 *    process is killed and started again, that SMILES is answered with an error, the others are asked again;
 *  - calls take turns, so that a prediction waits neither for an import nor for slow molecules (process/dispatch.ts);
 *  - a molecule has a time limit, a call one for its slow molecules together, and a molecule that was too slow is
 *    remembered;
 *  - past `maxQueue` waiting calls it refuses with OVERLOADED and `retryAfterMs`;
 *  - more processes are started for long queues and beside slow molecules, and end after a minute without work.
 *
 * Measured with one process on 2 cores AMD EPYC that were busy with other work too (load 3), 2026-11-24: 16,556 natural
 * products and drugs in 21 to 25 s (675 to 795 a second), one molecule 0.6 ms both ways (99 %: 0.9 ms), 260 drawings a
 * second, start 0.3 s, 39 MB (PSS) when idle and 147 MB after two such imports.
 */
import { MaillardError } from "../errors.js";
import { stage } from "../observe/stages.js";
import { blockRefusal, MAX_ATOMS, MAX_LENGTH, refusal } from "./check.js";
import { inchiError, inchiRefusal, isInchi, withoutFeatures } from "./given.js";
import { InchiReader } from "./inchi/reader.js";
import type { Environments } from "./morgan/environments.js";
import { Dispatcher, type Terms } from "./process/dispatch.js";
import { type ChemistryLimits, limitsOf } from "./process/limits.js";
import type { Answer, Question } from "./process/messages.js";
import { RdkitSearch } from "./search.js";
import type {
  BlockResult,
  CanonicalResult,
  Chemistry,
  MoleculeError,
  MoleculeResult,
  ParseTerms,
  PropertiesResult,
} from "./types.js";

export interface ChemistryOptions extends Partial<ChemistryLimits> {
  /** Characters of one SMILES. Default 1,000. */
  maxLength?: number;
  /** Atoms of one SMILES other than hydrogen. Default 300; chains of 700 hang RDKit, of 1,000 crash it. */
  maxAtoms?: number;
}

const NO_INCHIS: ReadonlyMap<string, string | MoleculeError> = new Map();
/** Ways of writing one molecule in one question: about 50 ms. */
const MAX_FORMS = 64;
/** Questions that are a SMILES and nothing else. */
type PlainKind = "parse" | "canonical" | "properties" | "fingerprint" | "search-fingerprints" | "block";

/** Bonds from the centre of a Morgan environment. */
const MAX_RADIUS = 3;
/** A SMILES that RDKit wrote may be longer than the given one by this factor. */
const WRITTEN_LENGTH = 4;
/** An InChI names every hydrogen and has more characters than the SMILES. */
const INCHI_LENGTH = 4;

/** Resolves when the first process is ready. */
export async function startChemistry(options: ChemistryOptions = {}): Promise<Chemistry> {
  const client = new ChemistryClient(options);
  await client.start();
  return client;
}

export class ChemistryClient implements Chemistry {
  readonly search = new RdkitSearch(
    async (questions, signal, account) => this.#ask(questions, signal, { account }),
    (smiles, signal, priority) => this.#each("search-fingerprints", smiles, signal, { priority }),
  );
  readonly #dispatcher: Dispatcher;
  readonly #reader = new InchiReader();
  readonly #maxLength: number;
  readonly #maxAtoms: number;

  constructor({ maxLength = MAX_LENGTH, maxAtoms = MAX_ATOMS, ...limits }: ChemistryOptions) {
    this.#dispatcher = new Dispatcher(limitsOf(limits));
    this.#maxLength = maxLength;
    this.#maxAtoms = maxAtoms;
  }

  start(): Promise<void> {
    return this.#dispatcher.start();
  }

  /** Process ids, for tests and for measuring memory. */
  get pids(): number[] {
    return this.#dispatcher.pids;
  }

  parse(smiles: readonly string[], signal?: AbortSignal, terms?: ParseTerms): Promise<MoleculeResult[]> {
    return this.#each("parse", smiles, signal, terms) as Promise<MoleculeResult[]>;
  }

  canonical(smiles: readonly string[], signal?: AbortSignal): Promise<CanonicalResult[]> {
    return this.#each("canonical", smiles, signal) as Promise<CanonicalResult[]>;
  }

  properties(smiles: readonly string[], signal?: AbortSignal): Promise<PropertiesResult[]> {
    return this.#each("properties", smiles, signal) as Promise<PropertiesResult[]>;
  }

  /**
   * Asks the same about each SMILES; what is refused is not asked. Fingerprints are asked of texts that RDKit wrote
   * itself. These may be longer than what a user gave; their atoms were counted when the user gave them.
   */
  async #each(
    kind: PlainKind | "environments",
    smiles: readonly string[],
    signal?: AbortSignal,
    { priority = "usual", isWritten = false, radius = 0 }: ParseTerms & { radius?: number } = {},
  ): Promise<Answer[]> {
    const results: Answer[] = new Array(smiles.length);
    const jobs: { index: number; question: Question }[] = [];
    const given = kind === "parse" || kind === "canonical" || kind === "properties" || kind === "block";
    const maxLength = given && !isWritten ? this.#maxLength : WRITTEN_LENGTH * this.#maxLength;
    // Without a pause where there is none: a call has its place in the queue at once.
    const inchis = given && smiles.some(isInchi) ? await this.#inchis(smiles, signal) : NO_INCHIS;
    for (const [index, input] of smiles.entries()) {
      const text = inchis.get(input) ?? (given ? withoutFeatures(input) : input);
      const error = typeof text === "string" ? refusal(text, maxLength, this.#maxAtoms) : text;
      if (error) results[index] = { ok: false, error: { ...error, input } };
      else jobs.push({ index, question: questionOf(kind, text as string, radius) });
    }
    const answers = await this.#ask(
      jobs.map((job) => job.question),
      signal,
      { priority },
    );
    for (const [place, { index }] of jobs.entries())
      results[index] = asGiven(this.#readable(answers[place]), smiles[index]);
    return results;
  }

  /** The SMILES of each text that is an InChI, or why there is none. */
  async #inchis(texts: readonly string[], signal?: AbortSignal): Promise<Map<string, string | MoleculeError>> {
    const given = [...new Set(texts.filter(isInchi))];
    const found = new Map<string, string | MoleculeError>();
    const asked = given.filter((input) => {
      const error = inchiRefusal(input, INCHI_LENGTH * this.#maxLength);
      if (error) found.set(input, error);
      return error === null;
    });
    const read = await this.#reader.read(asked.map((input) => input.trim()));
    const jobs = asked.flatMap((input, index) => {
      const smiles = read[index];
      const error =
        smiles === null ? inchiError(input) : refusal(smiles, WRITTEN_LENGTH * this.#maxLength, this.#maxAtoms);
      if (error) found.set(input, { ...error, input });
      return error || smiles === null ? [] : [{ input, question: { kind: "inchi", smiles } as const }];
    });
    const answers = await this.#ask(
      jobs.map(({ question }) => question),
      signal,
    );
    for (const [index, { input }] of jobs.entries()) {
      const answer = answers[index];
      const isSame = answer.ok && "inchi" in answer && answer.inchi === input.trim();
      if (isSame) found.set(input, answer.smiles);
      else found.set(input, answer.ok ? inchiError(input) : { ...answer.error, input });
    }
    return found;
  }

  /** The canonical form may be longer than the given one, but it has no more atoms and no number out of bounds. */
  #readable(answer: Answer): Answer {
    if (!answer.ok || !("molecule" in answer || "form" in answer)) return answer;
    const { input, smiles } = "form" in answer ? answer.form : answer.molecule;
    const refused = refusal(smiles, WRITTEN_LENGTH * this.#maxLength, this.#maxAtoms);
    if (!refused) return answer;
    return { ok: false, error: { ...refused, input, message: `of its canonical form: ${refused.message}` } };
  }

  async randomForms(
    smiles: readonly string[],
    { seed, count }: { seed: number; count: number },
    signal?: AbortSignal,
  ): Promise<string[][]> {
    if (!Number.isInteger(count) || count < 1 || count > MAX_FORMS) {
      throw new MaillardError("INVALID_CONFIG", `count must be a whole number from 1 to ${MAX_FORMS}, got ${count}`, {
        param: "count",
      });
    }
    const answers = await this.#ask(
      smiles.map((text) => ({ kind: "forms", smiles: text, seed, count })),
      signal,
    );
    return answers.map((answer, index) =>
      answer.ok ? (answer as { forms: string[] }).forms : new Array<string>(count).fill(smiles[index]),
    );
  }

  async fingerprints(smiles: readonly string[], signal?: AbortSignal): Promise<(Uint8Array | null)[]> {
    const answers = await this.#each("fingerprint", smiles, signal);
    return answers.map((answer) => (answer.ok && "bits" in answer ? answer.bits : null));
  }

  async environments(
    smiles: readonly string[],
    radius: number,
    signal?: AbortSignal,
  ): Promise<(Environments | null)[]> {
    if (!(Number.isInteger(radius) && radius >= 0 && radius <= MAX_RADIUS))
      throw new MaillardError(
        "INVALID_CONFIG",
        `radius must be a whole number from 0 to ${MAX_RADIUS}, got ${radius}`,
        {
          param: "radius",
        },
      );
    const answers = await this.#each("environments", smiles, signal, { radius });
    return answers.map((answer) => (answer.ok && "ids" in answer ? { ids: answer.ids, counts: answer.counts } : null));
  }

  async molBlocks(smiles: readonly string[], signal?: AbortSignal): Promise<(string | null)[]> {
    const answers = await this.#each("block", smiles, signal);
    return answers.map((answer) => (answer.ok && "block" in answer ? answer.block : null));
  }

  async readBlocks(blocks: readonly string[], signal?: AbortSignal): Promise<BlockResult[]> {
    const refused = blocks.map((block) => blockRefusal(block, this.#maxAtoms));
    const asked = blocks.filter((_, index) => refused[index] === null);
    const answers = await this.#ask(
      asked.map((smiles) => ({ kind: "mol-block", smiles })),
      signal,
    );
    let place = 0;
    return refused.map((message): BlockResult => {
      if (message !== null) return { ok: false, message };
      const answer = answers[place++];
      return answer.ok
        ? { ok: true, smiles: (answer as { smiles: string }).smiles }
        : { ok: false, message: answer.error.message };
    });
  }

  async draw(
    smiles: string,
    { width, height }: { width: number; height: number },
    signal?: AbortSignal,
  ): Promise<string> {
    for (const [param, value] of Object.entries({ width, height })) {
      if (Number.isInteger(value) && value >= 20 && value <= 4000) continue;
      throw new MaillardError("BAD_INPUT", `${param} must be a whole number of pixels from 20 to 4000, got ${value}`, {
        param,
      });
    }
    const inchis = isInchi(smiles) ? await this.#inchis([smiles], signal) : NO_INCHIS;
    const text = inchis.get(smiles) ?? withoutFeatures(smiles);
    if (typeof text !== "string") throw asError(text);
    const refused = refusal(text, this.#maxLength, this.#maxAtoms);
    if (refused) throw asError(refused);
    const [answer] = await this.#ask([{ kind: "draw", smiles: text, width, height }], signal);
    if (!answer.ok) throw asError(answer.error);
    return (answer as { svg: string }).svg;
  }

  close(): Promise<void> {
    return Promise.all([this.#dispatcher.close(), this.#reader.close()]).then(() => undefined);
  }

  #ask(questions: Question[], signal?: AbortSignal, terms?: Terms): Promise<Answer[]> {
    return stage("chemistry", async () => this.#dispatcher.ask(questions, signal, terms));
  }
}

const questionOf = (kind: PlainKind | "environments", smiles: string, radius: number): Question =>
  kind === "environments" ? { kind, smiles, radius } : { kind, smiles };

/** The answer about the text that was given, of which a part was asked. */
function asGiven(answer: Answer, input: string): Answer {
  if (!answer.ok) return { ok: false, error: { ...answer.error, input } };
  if ("form" in answer) return { ok: true, form: { ...answer.form, input } };
  return "molecule" in answer ? { ok: true, molecule: { ...answer.molecule, input } } : answer;
}

const asError = ({ code, message }: MoleculeError) => new MaillardError(code, message, { param: "smiles" });
