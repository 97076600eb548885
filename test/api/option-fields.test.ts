/** Inputs against the table of options: each row that the service has is a field with its type, default and rule. */
import {
  type GraphQLEnumType,
  type GraphQLInputObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isEnumType,
  isListType,
  isNonNullType,
} from "graphql";
import { beforeAll, describe, expect, it } from "vitest";
import { makeSchema } from "../../src/api/schema.js";
import {
  CLASS_OPTIONS,
  constantName,
  type Domain,
  OPTIONS,
  rowOf,
  ruleOf,
  SERVICE_OPTIONS,
  serviceView,
  type View,
} from "../../src/train/options/table.js";

let schema: GraphQLSchema;
beforeAll(async () => {
  schema = await makeSchema();
});
const fieldsOf = (type: string) => (schema.getType(type) as GraphQLInputObjectType).getFields();

const SCALARS: Partial<Record<Domain["type"], string>> = {
  int: "Int",
  float: "Float",
  boolean: "Boolean",
  text: "String",
};

function expectField(type: string, name: string, view: View): void {
  const field = fieldsOf(type)[name];
  expect(field, name).toBeDefined();
  expect(isNonNullType(field.type)).toBe(!view.nullable);
  expect(field.defaultValue).toEqual(view.nullable ? undefined : view.default);
  expect(field.description).toContain(ruleOf(view));
  if (!view.nullable) expect(field.description).toContain(`Default ${[view.default].flat().join(", ")}.`);
  if (view.nullMeans !== undefined) expect(field.description).toContain(`Null: ${view.nullMeans}.`);
  const named = getNamedType(field.type);
  if (SCALARS[view.type]) expect(named.name).toBe(SCALARS[view.type]);
  expect(isListType(getNullableType(field.type))).toBe(view.type === "list");
  if (view.type !== "enum" && view.type !== "list") return;
  expect(isEnumType(named)).toBe(true);
  const values = (named as GraphQLEnumType).getValues();
  expect(values.map(({ name: spelled, value, description }) => [spelled, value, description])).toEqual(
    Object.entries(view.values).map(([value, text]) => [constantName(value), value, text]),
  );
}

describe("StartFinetuneInput", () => {
  it.each(SERVICE_OPTIONS)("has %s as its row says", (name) => {
    const { huggingFace, what, byRecipe } = rowOf(name);
    const view = serviceView(name);
    // Null where it is not named: then the recipe decides.
    const nullMeans = `what \`recipe\` says; of PUBLISHED ${view.default}`;
    expectField("StartFinetuneInput", name, byRecipe ? { ...view, nullable: true, default: null, nullMeans } : view);
    const { description } = fieldsOf("StartFinetuneInput")[name];
    expect(description?.toLowerCase()).toContain(what.toLowerCase());
    if (huggingFace) expect(description).toContain(`Hugging Face: ${huggingFace}.`);
  });

  it("has no other field but those of the run itself", () => {
    const annotations = ["priority", "description", "tags"];
    const others = ["name", "baseModel", "dataset", "target", "targets", "split", "idempotencyKey", ...annotations];
    expect(Object.keys(fieldsOf("StartFinetuneInput")).sort()).toEqual([...SERVICE_OPTIONS, ...others].sort());
  });
});

it.each(Object.entries(OPTIONS.lora.engine.parts))("LoraInput has %s as its row says", (name, part) => {
  expectField("LoraInput", name, part);
});

it.each([...CLASS_OPTIONS, "seed", "classWeights"] as const)("StartProbeInput has %s as its row says", (name) => {
  expectField("StartProbeInput", name, serviceView(name));
});
