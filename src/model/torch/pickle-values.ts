/**
 * What a pickle may hold here. Python's None, bool, int and str are JavaScript's; an int beyond 2^53 is a bigint.
 * The containers are classes of this module, so that no name in a file can reach a property or a prototype.
 */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PickleTuple
  | PickleList
  | PickleDict
  | PickleGlobal
  | PickleObject;

export class PickleTuple {
  constructor(readonly items: readonly PickleValue[]) {}
}

export class PickleList {
  readonly items: PickleValue[] = [];
}

/** dict and collections.OrderedDict. */
export class PickleDict {
  readonly entries = new Map<string | number, PickleValue>();
}

/** An allowed function or class, named "module.name": only its name, nothing that could be called. */
export class PickleGlobal {
  constructor(readonly name: string) {}
}

/** What the rules return for a call or for a persistent id. */
export abstract class PickleObject {
  abstract readonly kind: string;
}

/** For messages: the kind of a value, never its content. */
export function kindOf(value: PickleValue | undefined): string {
  if (value === null) return "None";
  if (value instanceof PickleTuple) return `a tuple of ${value.items.length}`;
  if (value instanceof PickleList) return `a list of ${value.items.length}`;
  if (value instanceof PickleDict) return `a dict of ${value.entries.size}`;
  if (value instanceof PickleGlobal) return value.name;
  if (value instanceof PickleObject) return value.kind;
  return value === undefined ? "nothing" : `a ${typeof value}`;
}
