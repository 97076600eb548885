/** Arguments of a field as its price reads them: as they came, so nothing is taken for granted. */

/** Arguments of a field, defaults filled in, variables resolved, not yet checked. */
export type Arguments = Readonly<Record<string, unknown>>;

/** Whole numbers of an argument: from 0 to `most`, which the resolver refuses to exceed. */
export const counted = (value: unknown, most: number, otherwise: number): number =>
  typeof value === "number" && Number.isFinite(value) ? Math.min(most, Math.max(0, Math.floor(value))) : otherwise;
export const entries = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
export const rowsOf =
  (argument: string, most: number, otherwise: number) =>
  (given: Arguments): number =>
    counted(given[argument], most, otherwise);
export const listed = (argument: string, most: number) => (given: Arguments) =>
  Math.min(most, entries(given[argument]).length);
/** Variables are as they came: what is no text is refused after it was priced. */
const lengthOf = (text: unknown): number => (typeof text === "string" ? Math.max(1, text.length) : 1);
/** Passes of molecules through a model: half a point for each hundred characters. */
export const passes = (smiles: unknown, forms = 1): number =>
  entries(smiles).reduce<number>(
    (sum, text) => sum + 0.5 * forms * Math.ceil(Math.min(1_000, lengthOf(text)) / 100),
    0,
  );
export const field = (given: Arguments, object: string, name: string): unknown =>
  (given[object] as Arguments | null | undefined)?.[name];
