/** The schema as a document: everything in it is described, and schema.graphql is what the code gives. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
} from "graphql";
import { beforeAll, expect, it } from "vitest";
import { makeSchema, schemaText } from "../../src/api/schema.js";

let schema: GraphQLSchema;
beforeAll(async () => {
  schema = await makeSchema();
});

/** Every type, field, argument, input field and enum value of our own, with its description. */
function described(): [place: string, description: string][] {
  const list: [string, string][] = [];
  const add = (place: string, { description }: { description?: string | null }) =>
    void list.push([place, description ?? ""]);
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith("__") || isSpecifiedScalarType(type)) continue;
    add(type.name, type);
    if (isEnumType(type)) for (const value of type.getValues()) add(`${type.name}.${value.name}`, value);
    if (isInputObjectType(type))
      for (const field of Object.values(type.getFields())) add(`${type.name}.${field.name}`, field);
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      add(`${type.name}.${field.name}`, field);
      for (const argument of field.args) add(`${type.name}.${field.name}(${argument.name})`, argument);
    }
  }
  return list;
}

it("describes every type, field, argument and enum value, in sentences", () => {
  const list = described();
  expect(list.length).toBeGreaterThan(300);
  expect(list.filter(([, description]) => description.trim() === "").map(([place]) => place)).toEqual([]);
  expect(list.filter(([, description]) => !/[.…)]$/.test(description.trim())).map(([place]) => place)).toEqual([]);
});

it("is what schema.graphql says", async () => {
  expect(readFileSync(join(import.meta.dirname, "../../schema.graphql"), "utf8")).toBe(await schemaText());
});

it("bounds every list that can grow: a connection, or an argument that limits its length", () => {
  const bounded = ["smiles", "ids", "first"];
  for (const name of ["compounds", "datasets", "models", "runs", "predict", "embed", "nodes"]) {
    const { args } = schema.getQueryType()!.getFields()[name];
    expect(args.filter((argument) => bounded.includes(argument.name))).toHaveLength(1);
  }
});
