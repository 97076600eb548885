/**
 * What is known of one operation when it is over: kind, root fields, code, cost. It is counted once, whichever way it
 * came (HTTP, stream, WebSocket); the line of the log is made from it.
 */
import { type DocumentNode, type FieldNode, Kind, type OperationDefinitionNode, type SelectionSetNode } from "graphql";
import { recorder } from "../../observe/recorder.js";

/** Of an operation with several root fields, or none that is valid. */
const OTHER = "other";
/** Root fields in a line of the log. */
const MOST_FIELDS = 10;

type Errors = readonly { extensions?: { code?: unknown } | null }[] | null | undefined;

export class Observed {
  readonly #begin = performance.now();
  #kind = "none";
  #fields: readonly string[] = [];
  #over: Record<string, unknown> | null = null;
  /** Called once, with the line and whether it failed. */
  onEnd: (line: Readonly<Record<string, unknown>>, failed: boolean) => void = () => undefined;

  /** Of a valid document. */
  is(document: DocumentNode, operation: OperationDefinitionNode): void {
    this.#kind = operation.operation;
    this.#fields = rootFields(document, operation);
  }

  /** @param points that it was charged */
  end(errors: Errors, points: number): void {
    if (this.#over) return;
    const ms = performance.now() - this.#begin;
    const code = codeOf(errors);
    const labels = [this.#kind, this.#fields.length === 1 ? this.#fields[0] : OTHER];
    recorder.count("maillard_operations_total", [...labels, code]);
    if (points > 0) recorder.count("maillard_operation_points_total", labels, points);
    if (this.#kind === "query" || this.#kind === "mutation")
      recorder.observe("maillard_operation_seconds", labels, ms / 1_000);
    const fields = this.#fields.slice(0, MOST_FIELDS);
    this.#over = { kind: this.#kind, fields, code, points, ms: Math.round(ms * 10) / 10 };
    this.onEnd(this.#over, code !== "OK");
  }

  /** For its line of the log; null: it is not over. */
  get line(): Readonly<Record<string, unknown>> | null {
    return this.#over;
  }
}

interface Ended {
  observed: Observed;
  charge: { cost: number } | null;
  answer: { exceeded: { code: string } | null };
}

/** With the errors of its answer, or that it is too large. */
export function endObserved({ observed, charge, answer }: Ended, errors: Errors): void {
  observed.end(answer.exceeded ? [{ extensions: answer.exceeded }] : errors, charge?.cost ?? 0);
}

/** Names of the schema, each once, in their order. */
function rootFields(document: DocumentNode, { selectionSet }: OperationDefinitionNode): string[] {
  const found = new Set<string>();
  const visited = new Set<string>();
  const visit = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) found.add((selection as FieldNode).name.value);
      else if (selection.kind === Kind.INLINE_FRAGMENT) visit(selection.selectionSet);
      else if (!visited.has(selection.name.value)) {
        // Once: fragments that are spread twice in each other would double the work each time.
        visited.add(selection.name.value);
        const fragment = document.definitions.find(
          (one) => one.kind === Kind.FRAGMENT_DEFINITION && one.name.value === selection.name.value,
        );
        if (fragment?.kind === Kind.FRAGMENT_DEFINITION) visit(fragment.selectionSet);
      }
    }
  };
  visit(selectionSet);
  return [...found];
}

/** Of the first error. Codes are those of the program. */
function codeOf(errors: Errors): string {
  if (!errors || errors.length === 0) return "OK";
  const code = errors[0].extensions?.code;
  return typeof code === "string" && /^[A-Z][A-Z_]{1,39}$/.test(code) ? code : "OTHER";
}
