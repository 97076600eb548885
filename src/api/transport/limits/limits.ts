/**
 * Limits of one document, checked before anything runs, for HTTP and WebSocket alike.
 *   depth       nested fields
 *   aliases     fields with an alias, fragments expanded
 *   directives  directives, fragments expanded
 *   cost        points of the operation that would run, with its variables (cost.ts, prices.ts)
 * The first three are a validation rule and hold for every operation of a document. Each fragment is measured once, so
 * that the time is linear in the size of the document. Tokens are limited by the parser (`maxTokens`).
 *
 * Why not @escape.tech/graphql-armor (3.2.0): its cost knows neither the schema nor variables, so that `first: $n` and
 * the default of an argument count as one row, and a field cannot have a cost of its own. Its errors are thrown as
 * "Syntax Error: …" with the measured number in the text alone.
 */
import {
  type ASTVisitor,
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type SelectionSetNode,
  type ValidationContext,
} from "graphql";

export const LIMITS = {
  depth: 16,
  aliases: 30,
  directives: 30,
  cost: 100_000,
  tokens: 2_000,
  bodyBytes: 1_048_576,
} as const;

interface Measure {
  depth: number;
  aliases: number;
  directives: number;
}
const NOTHING: Measure = { depth: 0, aliases: 0, directives: 0 };

export function limitsRule(context: ValidationContext): ASTVisitor {
  return {
    Document(document) {
      const fragments = new Map<string, FragmentDefinitionNode>();
      for (const node of document.definitions)
        if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
      const meter = new Meter(fragments);
      for (const node of document.definitions) {
        if (node.kind !== Kind.OPERATION_DEFINITION) continue;
        const measure = meter.selections(node.selectionSet);
        measure.directives += node.directives?.length ?? 0;
        for (const name of ["depth", "aliases", "directives"] as const)
          if (measure[name] > LIMITS[name]) context.reportError(refusal(name, measure[name], node));
      }
    },
  };
}

/** The refusal of an operation that costs too much; null for one that may run. */
export const costRefusal = (cost: number): GraphQLError | null => (cost > LIMITS.cost ? refusal("cost", cost) : null);

const ADVICE = {
  depth: "Ask for less deeply nested fields, or fetch nodes by id.",
  aliases: "Send several operations.",
  directives: "Send several operations.",
  cost: "Ask for shorter pages or fewer nested lists, or send several operations.",
} as const;

function refusal(name: keyof typeof ADVICE, measured: number, nodes?: DocumentNode["definitions"][number]) {
  const maximum = LIMITS[name];
  const actual = Number.isFinite(measured) ? measured : "more";
  const message = `The ${name} of this operation is ${actual}; at most ${maximum} is answered. ${ADVICE[name]}`;
  // Answered as every other fault of a document, which Apollo does for those of validation only.
  return new GraphQLError(message, {
    nodes,
    extensions: { limit: { limit: name, maximum, actual }, http: { status: 400 } },
  });
}

class Meter {
  private readonly measured = new Map<string, Measure>();

  constructor(private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>) {}

  selections(set: SelectionSetNode): Measure {
    const total = { ...NOTHING };
    for (const selection of set.selections) {
      let measure: Measure;
      if (selection.kind === Kind.FRAGMENT_SPREAD) measure = this.fragment(selection.name.value);
      else {
        measure = selection.selectionSet ? this.selections(selection.selectionSet) : { ...NOTHING };
        if (selection.kind === Kind.FIELD) {
          measure.depth += 1;
          if (selection.alias) measure.aliases += 1;
        }
      }
      total.depth = Math.max(total.depth, measure.depth);
      total.aliases += measure.aliases;
      total.directives += measure.directives + (selection.directives?.length ?? 0);
    }
    return total;
  }

  private fragment(name: string): Measure {
    const known = this.measured.get(name);
    if (known) return known;
    // A cycle adds nothing here: graphql's own rule refuses it.
    this.measured.set(name, NOTHING);
    const node = this.fragments.get(name);
    const measure = node ? this.selections(node.selectionSet) : NOTHING;
    this.measured.set(name, measure);
    return measure;
  }
}
