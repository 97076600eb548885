/** The output of the demo: a heading per chapter, a line per GraphQL operation, its answer indented below. */
import { painter, type Terminal } from "../terminal.js";

export class Narrator {
  private readonly paint: ReturnType<typeof painter>;
  private chapters = 0;

  constructor(private readonly terminal: Terminal) {
    this.paint = painter(terminal);
  }

  chapter(title: string): void {
    this.chapters++;
    this.terminal.out("");
    this.terminal.out(this.paint("bold", `${this.chapters}. ${title}`));
  }

  operation(kind: "query" | "mutation" | "subscription", essence: string): void {
    this.terminal.out(`   ${this.paint("cyan", kind)} ${this.paint("dim", essence)}`);
  }

  answer(line: string): void {
    this.terminal.out(line === "" ? "" : `   ${line}`);
  }
}
