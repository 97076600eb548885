/**
 * An operation that did not come through Apollo: parsed, validated, its texts checked and its price charged, by the
 * same rules.
 */
import {
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  type OperationDefinitionNode,
  type OperationTypeNode,
  parse,
  specifiedRules,
  validate,
} from "graphql";
import type { Principal } from "../../../store/access/principal.js";
import type { Charge, PointsMeter } from "../../access/points.js";
import { operationCost } from "../limits/cost.js";
import { costRefusal, LIMITS, limitsRule } from "../limits/limits.js";
import { checkTexts } from "../texts.js";

export interface Asked {
  query: string;
  variables?: Record<string, unknown> | null;
  operationName?: string | null;
}

export interface Read {
  document: DocumentNode;
  /** Undefined, and its kind: the document has no operation of that name. */
  operation: OperationDefinitionNode | undefined;
  kind: OperationTypeNode | undefined;
  /** What it cost; null: the client has no limit of points. */
  charge: Charge | null;
}

/** What was read, or all that is wrong with it. `only`: of other kinds nothing is charged, and the charge is null. */
export function readOperation(
  { schema, meter }: { schema: GraphQLSchema; meter: PointsMeter },
  principal: Principal,
  { query, variables, operationName }: Asked,
  accepts: (kind: OperationTypeNode | undefined) => Error | null = () => null,
): Read | readonly unknown[] {
  let document: DocumentNode;
  try {
    document = parse(query, { maxTokens: LIMITS.tokens });
  } catch (error) {
    return [error];
  }
  const faults: readonly GraphQLError[] = validate(schema, document, [...specifiedRules, limitsRule], {
    maxErrors: 20,
  });
  if (faults.length > 0) return faults;
  try {
    const operation = getOperationAST(document, operationName) ?? undefined;
    const kind = operation?.operation;
    const refusal = accepts(kind);
    if (refusal) return [refusal];
    checkTexts(document, variables ?? undefined);
    const cost = operationCost(document, variables ?? undefined, schema, operationName ?? undefined);
    const tooCostly = costRefusal(cost);
    if (tooCostly) return [tooCostly];
    return { document, operation, kind, charge: meter.charge(principal, () => cost) };
  } catch (error) {
    return [error];
  }
}

export const isRead = (answer: Read | readonly unknown[]): answer is Read => !Array.isArray(answer);
