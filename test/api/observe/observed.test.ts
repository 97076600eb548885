/** What is known of an operation when it is over. */
import { type OperationDefinitionNode, parse } from "graphql";
import { expect, it } from "vitest";
import { Observed } from "../../../src/api/observe/observed.js";

it("has the root fields of fragments, each fragment looked at once however often it is spread", () => {
  const depth = 60;
  const names = Array.from({ length: depth }, (_, index) => `f${index}`);
  const inner = names.map((name, index) => {
    const next = names[index + 1];
    return `fragment ${name} on Query { ${next ? `...${next} ...${next}` : "models { totalCount }"} }`;
  });
  const document = parse(`query { health { ready } ...f0 ...f0 } ${inner.join(" ")}`);
  const observed = new Observed();
  observed.is(document, document.definitions[0] as OperationDefinitionNode);
  observed.end(null, 0);
  expect(observed.line).toMatchObject({ kind: "query", fields: ["health", "models"], code: "OK" });
});
