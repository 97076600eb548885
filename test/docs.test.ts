/**
 * The documents hold to the tree: paths that they name exist, links between them lead somewhere, operations are valid
 * against schema.graphql, the README stays short, every folder of src says what lies in it, and lines of prose fit in
 * 120 columns.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { buildSchema, parse, validate } from "graphql";
import { marked, type Token, type Tokens } from "marked";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..");
/** Reports that commands wrote. They describe the tree of their date and are not kept up to date. */
const WRITTEN_BY_COMMANDS = /^docs\/experiments\//;
/** A path of this repository in code: a folder or a file, not a pattern and not a place-holder. */
const PATH = /^(src|test|docs|bench|scripts|prisma|docker|models|samples)(\/[\w.-]+)+\/?$/;
/** A GraphQL operation in code within a line. */
const OPERATION = /^(query|mutation|subscription)\b.*\{/;
/** How a heading becomes the end of a link, as GitHub does it. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");

const underneath = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .map((name) => `${folder}/${name.split(sep).join("/")}`)
    .filter((name) => name.endsWith(".md"));
const folderNotes = underneath("src").filter((name) => !name.includes("/generated/"));
const documents = [
  "README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  "SECURITY.md",
  "THIRD-PARTY-NOTICES.md",
  ...["docs", "models", "docker", "samples"].flatMap(underneath),
  ...folderNotes,
].filter((name) => !WRITTEN_BY_COMMANDS.test(name));

const text = (name: string): string => readFileSync(join(ROOT, name), "utf8");

/** Every token of a document, tables and lists included. */
function tokensOf(name: string): Token[] {
  const found: Token[] = [];
  marked.walkTokens(marked.lexer(text(name)), (token) => void found.push(token));
  return found;
}

const schema = buildSchema(text("schema.graphql"));

const missing = (name: string, paths: string[]): string[] =>
  paths.filter((path) => !existsSync(join(ROOT, path))).map((path) => `${name}: ${path}`);

describe("a document", () => {
  it.each(documents)("%s names files that exist", (name) => {
    const named = tokensOf(name).flatMap((token) => (token.type === "codespan" ? [token.text as string] : []));
    expect(
      missing(
        name,
        named.filter((code) => PATH.test(code)),
      ),
    ).toEqual([]);
  });

  it.each(documents)("%s has no dead link to another file or heading", (name) => {
    const links = tokensOf(name).flatMap((token) =>
      token.type === "link" || token.type === "image" ? [(token as Tokens.Link).href] : [],
    );
    const inside = links.filter((href) => !/^[a-z]+:/.test(href));
    const dead = inside.filter((href) => {
      const [path, heading] = href.split("#");
      const target = path === "" ? name : relative(ROOT, join(ROOT, dirname(name), path));
      if (!existsSync(join(ROOT, target))) return true;
      if (heading === undefined || !target.endsWith(".md")) return false;
      const headings = tokensOf(target).flatMap((token) => (token.type === "heading" ? [anchor(token.text)] : []));
      return !headings.includes(heading);
    });
    expect(dead).toEqual([]);
  });

  it.each(documents)("%s has only operations that the API accepts", (name) => {
    const operations = tokensOf(name).flatMap((token) =>
      (token.type === "code" && token.lang === "graphql") || (token.type === "codespan" && OPERATION.test(token.text))
        ? [token.text as string]
        : [],
    );
    // What a document leaves out of a selection stands as an ellipsis.
    const problems = operations.flatMap((text) => validate(schema, parse(text.replaceAll("{ … }", "{ __typename }"))));
    expect(problems.map(({ message }) => message)).toEqual([]);
  });

  it.each(documents)("%s has lines of at most 120 columns, but for tables and code", (name) => {
    let inCode = false;
    const long = text(name)
      .split("\n")
      .flatMap((line, index) => {
        if (/^\s*```/.test(line)) inCode = !inCode;
        return !inCode && line.length > 120 && !/^\s*\|/.test(line) ? [`${name}:${index + 1}`] : [];
      });
    expect(long).toEqual([]);
  });
});

it("the README has at most 120 lines", () => {
  expect(text("README.md").split("\n").length - 1).toBeLessThanOrEqual(120);
});

it("docs/architecture.md has a row for every layer", () => {
  const layers = readdirSync(join(ROOT, "src"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `src/${name}`);
  const [first] = tokensOf("docs/architecture.md").flatMap((token) =>
    token.type === "table" ? [(token as Tokens.Table).rows.map(([cell]) => cell.text.replaceAll("`", ""))] : [],
  );
  expect([...first].sort()).toEqual(layers.sort());
});

it("docs/guide.md has every command", () => {
  const commands = readdirSync(join(ROOT, "src/cli/commands"))
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.replace(/\.ts$/, ""))
    .filter((name) => text(`src/cli/commands/${name}.ts`).includes(`.command("${name}")`));
  expect(commands.length).toBeGreaterThan(20);
  const guide = text("docs/guide.md");
  expect(commands.filter((name) => !guide.includes(`\`maillard ${name}\``))).toEqual([]);
});

it("docs/README.md leads to every document under docs", () => {
  const links = tokensOf("docs/README.md").flatMap((token) =>
    token.type === "link" ? [relative(ROOT, join(ROOT, "docs", (token as Tokens.Link).href.split("#")[0]))] : [],
  );
  const pages = underneath("docs").filter((name) => name !== "docs/README.md" && !name.startsWith("docs/adr/"));
  expect([...pages, "docs/adr/README.md"].filter((name) => !links.includes(name))).toEqual([]);
});

it("docs/adr/README.md leads to every decision, and they are numbered without gaps", () => {
  const links = tokensOf("docs/adr/README.md").flatMap((token) =>
    token.type === "link" ? [(token as Tokens.Link).href] : [],
  );
  const decisions = readdirSync(join(ROOT, "docs/adr"))
    .filter((name) => /^\d{4}-/.test(name))
    .sort();
  expect(decisions.filter((name) => !links.includes(name))).toEqual([]);
  expect(decisions.map((name) => Number(name.slice(0, 4)))).toEqual(decisions.map((_, index) => index + 1));
});

it("every folder of src has a README.md with its path and content", () => {
  const folders = readdirSync(join(ROOT, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter((folder) => !folder.split("/").includes("generated"));
  const silent = ["src", ...folders].filter((folder) => {
    const note = `${folder}/README.md`;
    return !folderNotes.includes(note) || !text(note).startsWith(`# ${folder}\n\n`);
  });
  expect(silent).toEqual([]);
});
