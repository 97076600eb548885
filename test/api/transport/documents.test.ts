/** The cache of documents: texts are counted, and those that were not asked for longest go. */
import { parse } from "graphql";
import { expect, it } from "vitest";
import { documentCache } from "../../../src/api/transport/documents.js";

const document = (characters: number) => parse(`{ a }${" ".repeat(characters - 5)}`);

it("holds n characters, and drops the oldest at n + 1", async () => {
  const cache = documentCache(100);
  await cache.set("first", document(50));
  await cache.set("second", document(50));
  expect(await cache.get("first")).toBeDefined();
  await cache.set("third", document(5));
  expect([await cache.get("second"), (await cache.get("first"))?.kind]).toEqual([undefined, "Document"]);
  expect([await cache.delete("first"), await cache.get("first")]).toEqual([true, undefined]);
  await cache.set("too long", document(101));
  expect(await cache.get("too long")).toBeUndefined();
});
