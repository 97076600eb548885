/**
 * Standalone SVG text: XML with its namespace, a viewBox, a white background, no style sheets, and no font but the
 * generic sans-serif. Built as a small tree, so user text can only become text: it is escaped in this module alone, and
 * characters that XML forbids are dropped. Numbers keep 2 decimals; the same input gives the same bytes.
 */
export type Attributes = Record<string, string | number | undefined>;

export interface SvgNode {
  tag: string;
  attributes: Attributes;
  children: (SvgNode | string)[];
}

export const node = (tag: string, attributes: Attributes = {}, ...children: (SvgNode | string | null)[]): SvgNode => ({
  tag,
  attributes,
  children: children.filter((child) => child !== null),
});

export const INK = "#1A1A1A";
export const MUTED = "#555555";
const FONT = "sans-serif";

export interface Page {
  title: string;
  /** Sentence for screen readers. */
  description: string;
  width: number;
  height: number;
}

export function writeSvg(page: Page, ...body: (SvgNode | null)[]): string {
  const { width, height } = page;
  const root = node(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: "img",
      "font-family": FONT,
      "font-size": 11,
      fill: INK,
    },
    node("title", {}, page.title),
    node("desc", {}, page.description),
    node("rect", { width, height, fill: "#FFFFFF" }),
    ...body,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n${serialize(root)}\n`;
}

/** The parts of a DOM element that are read; the DOM library itself stays in plot.ts. */
export interface DomElement {
  nodeType: number;
  localName: string;
  attributes: Iterable<{ name: string; value: string }>;
  childNodes: Iterable<DomElement>;
  textContent: string | null;
}

const DROPPED_ATTRIBUTES = new Set(["class", "aria-hidden", "aria-label", "aria-description", "viewBox"]);

/** An element of a plot, as a node: style sheets and classes are left behind. */
export function fromDom(element: DomElement): SvgNode {
  const attributes: Attributes = {};
  for (const { name, value } of element.attributes) if (!DROPPED_ATTRIBUTES.has(name)) attributes[name] = value;
  const children: (SvgNode | string)[] = [];
  for (const child of element.childNodes) {
    if (child.nodeType === 3) children.push(child.textContent ?? "");
    else if (child.nodeType === 1 && child.localName !== "style") children.push(fromDom(child));
  }
  return { tag: element.localName, attributes, children };
}

function serialize({ tag, attributes, children }: SvgNode): string {
  let text = `<${tag}`;
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined) text += ` ${name}="${escapeXml(shorten(String(value)))}"`;
  if (children.length === 0) return `${text}/>`;
  return `${text}>${children.map((c) => (typeof c === "string" ? escapeXml(c) : serialize(c))).join("")}</${tag}>`;
}

/** 2 decimals are a hundredth of a pixel. */
const shorten = (value: string): string =>
  value.replace(/-?\d+\.\d{3,}(e-?\d+)?/g, (number) => String(Math.round(Number(number) * 100) / 100 || 0));

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escapeXml(text: string): string {
  return (
    text
      .replace(/\p{Surrogate}/gu, "\ufffd")
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML 1.0 forbids.
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "")
      .replace(/[&<>"']/g, (character: string) => ENTITIES[character])
  );
}
