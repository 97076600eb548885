/** `maillard predict --file`: every row once and in order, whatever interrupts it, in every format. */
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import { parquetReadObjects } from "hyparquet";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { runCommandLine } from "../../../src/cli/program.js";
import { MaillardError } from "../../../src/errors.js";
import { importLibrary, startTestService, type TestService } from "../../support/api.js";
import { LOADER, sourceModule } from "../../support/child.js";
import { keptTerminal, maillard, spawnMaillard } from "../../support/command-line.js";
import { until } from "../../support/compute.js";
import { sheetRow, workbook } from "../../support/data/zip.js";

const ROWS = 23;
let service: TestService;
let folder: string;
let input: string;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  service = await startTestService({ models: { classifier: "tiny-bert", other: "tiny-roberta" } });
  folder = await mkdtemp(join(tmpdir(), "maillard-predict-"));
  input = at("in.csv");
  const rows = Array.from({ length: ROWS }, (_, row) => {
    const smiles = row === 5 ? "nothing" : `${"C".repeat(1 + (row % 7))}O`;
    return row === 11 ? `${row},${smiles}` : `${row},${smiles},"text, ${row}"`;
  });
  writeFileSync(input, `id,smiles,label\n${rows.join("\n")}\n`);
});
afterAll(async () => {
  await service?.close();
  await rm(folder, { recursive: true, force: true });
});
afterEach(() => void vi.restoreAllMocks());

const command = (out: string, ...more: string[]) => {
  const args = ["predict", "--file", input, "-m", "classifier", "-o", at(out), "-s", "smiles", "--piece", "4", ...more];
  return { args, run: () => maillard(service.url, args) };
};
const read = (name: string) => {
  const bytes = readFileSync(at(name));
  return name.endsWith(".gz") ? gunzipSync(bytes).toString() : bytes.toString();
};
const rowsOf = (text: string) => parse(text, { columns: true }) as Record<string, string>[];

it("maillard embed --file writes every row with its vector, or with what is wrong", async () => {
  const args = ["embed", "--file", input, "-m", "classifier", "-s", "smiles", "--pooling", "mean"];
  const { exitCode, out } = await maillard(service.url, args);
  expect(exitCode).toBe(0);
  const rows = rowsOf(out);
  expect(rows.map(({ id }) => Number(id))).toEqual(Array.from({ length: ROWS }, (_, row) => row));
  expect(Object.keys(rows[0]).slice(0, 6)).toEqual(["id", "smiles", "label", "error_code", "error", "d1"]);
  const wrong = rows.map(({ error_code: code, d1 }, row) => [row, code, d1]).filter(([, code]) => code !== "");
  expect(wrong).toEqual([
    [5, "INVALID_SMILES", ""],
    [11, "BAD_ROW", ""],
  ]);
  const { embed } = await service.data<{ embed: { vector: number[] }[] }>(
    `{ embed(smiles: ["CCO"], model: "classifier", pooling: MEAN) { ... on Embedding { vector } } }`,
  );
  expect(embed[0].vector.map((_, place) => Number(rows[1][`d${place + 1}`]))).toEqual(embed[0].vector);
  const written = [...args, "-o", at("vectors.parquet")];
  expect((await maillard(service.url, written)).err).toContain(`wrote ${ROWS} rows`);
  const again = await maillard(service.url, written);
  expect([again.exitCode, again.err]).toEqual([1, expect.stringMatching(/^CONFLICT .* --force to replace it/)]);
  expect((await maillard(service.url, [...written, "--force"])).exitCode).toBe(0);
  const table = await parquetReadObjects({ file: readFileSync(at("vectors.parquet")).buffer as ArrayBuffer });
  expect([table.length, table[1].d1]).toEqual([ROWS, embed[0].vector[0]]);
  expect((await maillard(service.url, ["embed"])).err).toContain("Give SMILES, or --file <path>.");
});

describe("maillard predict --file", () => {
  it("writes every row with its columns, and says how many have no answer", async () => {
    const { exitCode, err } = await command("plain.csv", "--probabilities").run();
    expect(exitCode).toBe(0);
    expect(err).toContain(`${ROWS} rows, 2 without an answer (INVALID_SMILES 1, BAD_ROW 1)`);
    const rows = rowsOf(read("plain.csv"));
    expect(rows.map(({ id }) => Number(id))).toEqual(Array.from({ length: ROWS }, (_, row) => row));
    expect(Object.keys(rows[0]).slice(0, 5)).toEqual(["id", "smiles", "label", "label (2)", "score"]);
    expect(rows[3].label).toBe("text, 3");
    expect(rows.map(({ error_code: code }, row) => [row, code]).filter(([, code]) => code !== "")).toEqual([
      [5, "INVALID_SMILES"],
      [11, "BAD_ROW"],
    ]);
    const { predict } = await service.data<{ predict: { labels: { label: string; score: number }[] }[] }>(
      `{ predict(smiles: ["CO", "CCO"], model: "classifier") { ... on Prediction { labels { label score } } } }`,
    );
    for (const [row, { labels }] of predict.entries()) {
      expect(rows[row]["label (2)"]).toBe(labels[0].label);
      expect(Number(rows[row].score)).toBeCloseTo(labels[0].score, 6);
      expect(Number(rows[row][`probability_${labels[1].label}`])).toBeCloseTo(labels[1].score, 6);
    }
    expect(readdirSync(folder).filter((name) => name.includes(".part"))).toEqual([]);
  });

  it("says what is read of a file whose columns are not named, and nothing of an import", async () => {
    writeFileSync(at("found.csv"), "name,structure\nethanol,CCO\npropanol,CCCO\nbutanol,CCCCO,1\n");
    for (const verb of ["predict", "embed"]) {
      const { exitCode, err } = await maillard(service.url, [verb, "--file", at("found.csv"), "-m", "classifier"]);
      expect(exitCode).toBe(0);
      expect(err).toContain('molecules from "structure", names from "name" (--smiles names another column)');
      expect(err).toContain("1 row has more or fewer cells: the answer is BAD_ROW");
      expect(err).not.toMatch(/taken as|--missing|--labels|left out/);
    }
  });

  it("takes a sheet of a workbook", async () => {
    const rows = (smiles: string[]) => ["smiles", ...smiles].map((cell, row) => sheetRow(row + 1, [cell])).join("");
    writeFileSync(at("book.xlsx"), workbook({ a: rows(["C"]), b: rows(["CCO", "CCCO"]) }));
    for (const verb of ["predict", "embed"]) {
      const args = [verb, "--file", at("book.xlsx"), "-m", "classifier", "--sheet", "b"];
      const { out } = await maillard(service.url, args);
      expect(rowsOf(out).map(({ smiles }) => smiles)).toEqual(["CCO", "CCCO"]);
    }
  });

  it("looks names and InChIKeys of the library up, and draws what they are", async () => {
    await importLibrary(service, "named", [{ smiles: "CCCCCCO", name: "hexanol" }]);
    writeFileSync(at("names.csv"), "what\nHexanol\nLFQSCWFLJHTTHZ-UHFFFAOYSA-N\nnobody\nCCCCCCO\n");
    const args = ["predict", "--file", at("names.csv"), "-s", "what", "-m", "classifier"];
    await service.data(`{ predict(smiles: ["CCO"], model: "classifier") { ... on Prediction { smiles } } }`);
    const { out } = await maillard(service.url, args);
    const rows = rowsOf(out);
    expect(rows.map(({ what, error_code: code }) => [what, code])).toEqual([
      ["Hexanol", ""],
      // Of a molecule that no dataset has.
      ["LFQSCWFLJHTTHZ-UHFFFAOYSA-N", "INVALID_SMILES"],
      ["nobody", "INVALID_SMILES"],
      ["CCCCCCO", ""],
    ]);
    expect(rows[0].score).toBe(rows[3].score);
    const drawn = await maillard(service.url, [...args, "--format", "sdf"]);
    const [first, , , last] = drawn.out.split("$$$$\n").map((block) => block.split("M  END")[0].split("\n").slice(1));
    expect(first).toEqual(last);
    expect(first.join("\n")).toMatch(/ 7 {2}6 /);
  });

  it("replaces no finished file unless --force says so", async () => {
    writeFileSync(at("kept.csv"), "mine");
    const refused = await command("kept.csv").run();
    expect([refused.exitCode, refused.err]).toEqual([
      1,
      expect.stringMatching(/^CONFLICT .*kept\.csv is there already/),
    ]);
    expect(read("kept.csv")).toBe("mine");
    expect(existsSync(at("kept.csv.part"))).toBe(false);
    expect((await command("kept.csv", "--force").run()).exitCode).toBe(0);
    expect(rowsOf(read("kept.csv"))).toHaveLength(ROWS);
    const folderTaken = await maillard(service.url, [...command("x").args.slice(0, 6), folder, "--force"]);
    expect(folderTaken.err).toMatch(/^BAD_INPUT /);
  });

  it("goes on after kill -9: no row is missing, none is there twice", async () => {
    const { compute } = service.application;
    const infer = compute.infer.bind(compute);
    let calls = 0;
    let open: () => void = () => undefined;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    vi.spyOn(compute, "infer").mockImplementation(async (request) => {
      if (++calls > 3) await opened;
      return infer(request);
    });
    const { args, run } = command("killed.csv.gz", "--probabilities");
    const { child, ended } = spawnMaillard(["--url", service.url, ...args]);
    const state = () => (existsSync(at("killed.csv.gz.part.json")) ? read("killed.csv.gz.part.json") : "{}");
    await until(() => (JSON.parse(state() || "{}") as { rows?: number }).rows === 12);
    expect(existsSync(at("killed.csv.gz"))).toBe(false);
    child.kill("SIGKILL");
    await ended;
    open();
    // What the killed process wrote without saying so.
    writeFileSync(at("killed.csv.gz.part"), "left over", { flag: "a" });
    const other = await command("killed.csv.gz").run();
    expect(other.exitCode).toBe(1);
    expect(other.err).toMatch(/^CONFLICT .*probabilities \(true then, false now\)/);
    const { exitCode, err } = await run();
    expect([exitCode, err]).toEqual([0, expect.stringContaining("goes on after 12 rows")]);
    expect(read("killed.csv.gz")).toBe(read("plain.csv"));
    expect(readdirSync(folder).filter((name) => name.includes(".part"))).toEqual([]);
  });

  it.each(["stopped.csv", "stopped.parquet"])("goes on after Ctrl-C: %s", async (name) => {
    const { compute } = service.application;
    const infer = compute.infer.bind(compute);
    const terminal = keptTerminal({ MAILLARD_URL: service.url });
    let calls = 0;
    const spy = vi.spyOn(compute, "infer").mockImplementation(async (request) => {
      if (++calls === 4) terminal.interrupt();
      return infer(request);
    });
    const { args, run } = command(name, "--probabilities");
    expect(await runCommandLine(args, terminal)).toBe(130);
    spy.mockRestore();
    expect(terminal.beside.at(-1)).toMatch(/^Interrupted after \d+ rows: give the same command again/);
    expect((await run()).exitCode).toBe(0);
    const plain = rowsOf(read("plain.csv"));
    if (name.endsWith(".csv")) return expect(rowsOf(read(name))).toEqual(plain);
    const rows = await parquetReadObjects({ file: Uint8Array.from(readFileSync(at(name))).buffer });
    const asText = (value: unknown) => (value === null ? "" : String(value));
    expect(rows.map((row) => Object.values(row).map(asText))).toEqual(plain.map((row) => Object.values(row)));
  });

  it("ends with 143 after SIGTERM, and goes on", async () => {
    const { compute } = service.application;
    const infer = compute.infer.bind(compute);
    let open: () => void = () => undefined;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    let calls = 0;
    vi.spyOn(compute, "infer").mockImplementation(async (request) => {
      if (++calls > 1) await opened;
      return infer(request);
    });
    const { args, run } = command("terminated.csv", "--probabilities");
    const { child, ended, output } = spawnMaillard(["--url", service.url, ...args]);
    await until(() => calls > 1);
    child.kill("SIGTERM");
    expect(await ended).toBe(143);
    expect(output()).toContain("give the same command again");
    open();
    expect((await run()).exitCode).toBe(0);
    expect(read("terminated.csv")).toBe(read("plain.csv"));
  });

  it("refuses to go on with another input, another model, or beside another process", async () => {
    const part = { version: 1, rows: 4, bytes: 0, errors: {}, checksum: "x", identity: { input: "other" } };
    const writer = { host: "elsewhere", process: 1 };
    writeFileSync(at("begun.csv.part.json"), JSON.stringify({ ...part, writer }));
    expect((await command("begun.csv").run()).err).toMatch(/^CONFLICT .* was begun by another command: input \(other/);
    expect((await command("begun.csv", "--again").run()).exitCode).toBe(0);
    expect(rowsOf(read("begun.csv"))).toHaveLength(ROWS);
  });

  it("asks again what a restart or a full server left unanswered", async () => {
    const { compute } = service.application;
    const infer = compute.infer.bind(compute);
    let calls = 0;
    vi.spyOn(compute, "infer").mockImplementation(async (request) => {
      calls += 1;
      if (calls === 2) throw new MaillardError("DEVICE_UNAVAILABLE", "starts again", { retryable: true });
      if (calls === 4) throw new MaillardError("OVERLOADED", "full", { details: { retryAfterMs: 1 }, retryable: true });
      return infer(request);
    });
    const { exitCode, err } = await command("again.csv", "--probabilities").run();
    expect([exitCode, err]).toEqual([0, expect.stringContaining("waits: starts again")]);
    expect(read("again.csv")).toBe(read("plain.csv"));
  });

  it("reads standard input and writes standard output; `| head` ends it silently", async () => {
    const args = [
      ...LOADER,
      sourceModule("cli/main"),
      "--url",
      service.url,
      "predict",
      "-f",
      "-",
      "-m",
      "classifier",
      "--piece",
      "1",
    ];
    const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "pipe"] });
    let beside = "";
    child.stderr.on("data", (bytes: Buffer) => {
      beside += bytes.toString();
    });
    child.stdin.end(gzipSync(`smiles\n${"CCO\n".repeat(40)}`));
    let out = "";
    for await (const bytes of child.stdout) {
      out += String(bytes);
      // The reader leaves, as head does: breaking closes the pipe.
      if (out.includes("\n")) break;
    }
    const code = await new Promise((resolve) => child.once("exit", resolve));
    expect(out).toMatch(/^smiles,label,score,note,error_code,error_message\n/);
    expect(beside).not.toMatch(/EPIPE|Error/);
    expect(code).toBe(0);
  });

  it.each([
    [["--file", "missing.csv"], "BAD_INPUT"],
    [["CCO", "--file", "x.csv"], "USAGE"],
    [[], "USAGE"],
    [["--file", "x.csv", "-o", "out.txt"], "BAD_INPUT"],
    [["--file", "x.csv", "-o", "out.parquet.gz"], "BAD_INPUT"],
  ])("refuses %j", async (args, code) => {
    const { exitCode, err } = await maillard(service.url, ["predict", "-m", "classifier", ...args]);
    expect([exitCode, err.split(" ")[0]]).toEqual([1, code]);
  });
});
