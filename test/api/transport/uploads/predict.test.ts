/** Predictions of a file by HTTP: every row in its order with its columns, equal to `predict`, and whole or broken. */
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import { parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startServer } from "../../../../src/api/transport/server.js";
import { MaillardError } from "../../../../src/errors.js";
import { startTestService, type TestService } from "../../../support/api.js";
import { withRun } from "../../../support/data/parquet.js";
import { sheetRow, workbook } from "../../../support/data/zip.js";

const KEY = "a-key-of-24-characters-xx";
let service: TestService;
beforeAll(async () => {
  service = await startTestService({ apiKeys: [KEY], models: { classifier: "tiny-bert", base: "tiny-bert-masked" } });
});
afterAll(() => service?.close());

const HEADERS = {
  "content-type": "application/octet-stream",
  "x-maillard-client": "test",
  authorization: `Bearer ${KEY}`,
};
const send = (query: string, body: Buffer | string, headers: Record<string, string> = {}) =>
  fetch(`${service.url}/predict?${query}`, { method: "POST", body, headers: { ...HEADERS, ...headers } });
const rowsOf = (text: string, delimiter = ",") => parse(text, { columns: true, delimiter }) as Record<string, string>[];
const refusal = async (response: Response) => {
  const { errors } = (await response.json()) as { errors: { message: string; extensions: { code: string } }[] };
  return [response.status, errors[0].extensions.code];
};

const FILE = [
  "id,molecule,remark,label",
  '1,CCO,"plain, quoted",a',
  "2,not a molecule,bad,b",
  "3,OCC,the same molecule,c",
  "4,[Na+].CC(=O)[O-],a salt,d",
  "5,,no molecule,e",
  "6,CC(C)CO,too,many,cells",
  "7,CCOC(C)=O,last,f",
  "",
].join("\n");
const COLUMNS = ["id", "molecule", "remark", "label", "label (2)", "score"];
const ERRORS = [null, "INVALID_SMILES", null, null, "EMPTY_INPUT", "BAD_ROW", null].map((code) => code ?? "");

describe("POST /predict", () => {
  it("answers every row in its order with its columns; a bad one has its code", async () => {
    const response = await send("model=classifier", FILE);
    expect(response.headers.get("content-type")).toContain("text/csv");
    const text = await response.text();
    const rows = rowsOf(text);
    expect(text.split("\n")[0].split(",")).toEqual([...COLUMNS, "note", "error_code", "error_message"]);
    expect(rows.map(({ id }) => id)).toEqual(["1", "2", "3", "4", "5", "6", "7"]);
    expect(rows.map(({ error_code: code }) => code)).toEqual(ERRORS);
    expect(rows[0].remark).toBe("plain, quoted");
    expect(rows[5].label).toBe("many,cells");
    expect(rows[3].note).toContain("[Na+]");
    expect([rows[1].score, rows[1]["label (2)"]]).toEqual(["", ""]);
    expect([rows[2].score, rows[2]["label (2)"]]).toEqual([rows[0].score, rows[0]["label (2)"]]);
  });

  it.each([1, 3])("has the numbers of `predict`, averaged over %s forms", async (averageOver) => {
    const smiles = ["CCO", "CC(=O)[O-].[Na+]", "CCOC(C)=O", "c1ccccc1O"];
    const body = `smiles\n${smiles.join("\n")}\n`;
    const text = await (await send(`model=classifier&probabilities=true&averageOver=${averageOver}`, body)).text();
    const { data } = await service.ask<{ predict: { note: string; labels: { label: string; score: number }[] }[] }>(
      `query ($smiles: [String!]!, $averageOver: Int!) {
        predict(smiles: $smiles, model: "classifier", averageOver: $averageOver) {
          ... on Prediction { note labels { label score } } } }`,
      { smiles, averageOver },
      { authorization: `Bearer ${KEY}` },
    );
    for (const [index, row] of rowsOf(text).entries()) {
      const { labels, note } = data!.predict[index];
      expect(row.label).toBe(labels[0].label);
      expect(Number(row.score)).toBeCloseTo(labels[0].score, 6);
      expect(row.note).toBe(note ?? "");
      for (const { label, score } of labels) expect(Number(row[`probability_${label}`])).toBeCloseTo(score, 6);
    }
    await service.application.predictions.written();
    expect(await service.store.prisma.prediction.count({ where: { forms: averageOver } })).toBe(smiles.length);
  });

  it("takes SDF, Parquet and workbooks by their content; a bad record keeps its place", async () => {
    const block = (title: string, atoms: string[]) =>
      `${title}\n  made\n\n  ${atoms.length}  ${atoms.length - 1}  0  0  0  0  0  0  0  0999 V2000\n` +
      atoms.map((atom, at) => `    ${at}.0000    0.0000    0.0000 ${atom}   0  0\n`).join("") +
      atoms
        .slice(1)
        .map((_, at) => `  ${at + 1}  ${at + 2}  1  0\n`)
        .join("");
    const sdf =
      `${block("one", ["C", "C", "O"])}M  END\n> <id>\n7\n\n$$$$\n${block("two", ["C", "F", "C"])}M  END\n$$$$\n` +
      `${block("three", ["C", "C", "N"])}M  END\n> <id>\n9\n\n$$$$\n`;
    const rows = rowsOf(await (await send("model=classifier", gzipSync(sdf))).text());
    expect(rows.map(({ smiles, name, id, error_code: code }) => [smiles, name, id, code])).toEqual([
      ["CCO", "one", "7", ""],
      ["", "two", "", "BAD_ROW"],
      ["CCN", "three", "9", ""],
    ]);
    const parquet = await (await send("model=classifier&output=parquet", "smiles\nCCO\nCCN\n")).arrayBuffer();
    const again = rowsOf(await (await send("model=classifier", Buffer.from(parquet))).text());
    expect(again.map(({ score }) => Number(score))).toEqual(
      [rows[0], rows[2]].map(({ score }) => expect.closeTo(Number(score), 5)),
    );
    const book = workbook({ a: "", b: ["smiles", "CCO", "CCN"].map((cell, at) => sheetRow(at + 1, [cell])).join("") });
    const third = rowsOf(await (await send("model=classifier&sheet=b", book)).text());
    expect(third.map(({ score }) => score)).toEqual([rows[0].score, rows[2].score]);
    expect(await refusal(await send("model=classifier&sheet=c", book))).toEqual([404, "NOT_FOUND"]);
    expect(await refusal(await send("model=classifier", "@<TRIPOS>MOLECULE\n"))).toEqual([400, "BAD_INPUT"]);
  });

  it("writes every format, packed where it is asked for, and takes packed files", async () => {
    const rows = ["CCO one", "CCC", "nothing else", "CCOC two words"].join("\n");
    const read = async (query: string, body: Buffer | string = rows) => {
      const response = await send(`model=classifier&format=smiles&${query}`, body);
      expect(response.status).toBe(200);
      return Buffer.from(await response.arrayBuffer());
    };
    const csv = rowsOf((await read("output=csv")).toString());
    expect(csv.map(({ smiles, name }) => [smiles, name])).toEqual([
      ["CCO", "one"],
      ["CCC", ""],
      ["nothing", "else"],
      ["CCOC", "two words"],
    ]);
    const packed = gunzipSync(await read("output=tsv&gzip=true", gzipSync(rows))).toString();
    expect(rowsOf(packed, "\t")).toEqual(csv);
    const lines = (await read("output=jsonl")).toString().trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).score)).toEqual(csv.map(({ score }) => (score ? Number(score) : null)));
    const file = Uint8Array.from(await read("output=parquet")).buffer;
    const parquet = await parquetReadObjects({ file });
    expect(parquet.map(({ score }) => score)).toEqual(csv.map(({ score }) => (score ? Number(score) : null)));
    expect((await read("output=smiles")).toString().split("\n")[3].split("\t").slice(0, 2)).toEqual([
      "CCOC",
      "two words",
    ]);
    const records = (await read("output=sdf")).toString().split("$$$$\n");
    expect(records).toHaveLength(5);
    expect(records[0]).toMatch(/^one\n.*\n\n {2}3 {2}2 /);
    expect(records[0]).toContain(`> <score>\n${csv[0].score}\n`);
    expect(records[2]).toMatch(/^else\n.*\n\n {2}0 {2}0 /);
    const accepted = await send("model=classifier&format=smiles", rows, { accept: "application/x-ndjson" });
    expect((await accepted.text()).split("\n")).toHaveLength(5);
  });

  it("says by lines what comes, and that it is the end", async () => {
    const query = "model=classifier&output=lines&inputColumns=false&smiles=smiles&delimiter=,&header=true";
    const lines = (await (await send(query, "row,smiles\n0,CCO\n1,xyz\n")).text()).trim().split("\n");
    const said = lines.map((line) => JSON.parse(line) as Record<string, unknown[]>);
    expect(said[0].columns).toHaveLength(5);
    expect(said.flatMap(({ rows = [] }) => rows)).toHaveLength(2);
    expect(said.at(-1)).toEqual({ done: { rows: 2, errors: 1 } });
  });

  it.each([
    ["", "smiles\nCCO\n", 400, "BAD_INPUT"],
    ["model=nobody", "smiles\nCCO\n", 404, "NOT_FOUND"],
    ["model=base", "smiles\nCCO\n", 400, "MODEL_HAS_NO_HEAD"],
    ["model=classifier&averageOver=33", "smiles\nCCO\n", 400, "BAD_INPUT"],
    ["model=classifier&output=xlsx", "smiles\nCCO\n", 400, "BAD_INPUT"],
    ["model=classifier&output=parquet&gzip=true", "smiles\nCCO\n", 400, "BAD_INPUT"],
    ["model=classifier", "name,weight\na,1\n", 400, "COLUMN_NOT_FOUND"],
    ["model=classifier&smiles=b&delimiter=,&header=true", "a\nCCO\n", 400, "COLUMN_NOT_FOUND"],
    ["model=classifier&smiles=a&delimiter=,&header=true", "a\n", 400, "EMPTY_INPUT"],
    ["model=classifier", "", 400, "EMPTY_INPUT"],
  ])("refuses %s before the first row", async (query, body, status, code) => {
    expect(await refusal(await send(query, body))).toEqual([status, code]);
  });

  it("refuses a Parquet file on which its reader would end, and goes on", async () => {
    const response = await send("model=classifier", Buffer.from(withRun(2 ** 31 - 1)));
    const { errors } = (await response.json()) as { errors: { message: string; extensions: { code: string } }[] };
    expect([response.status, errors[0].extensions.code]).toEqual([413, "FILE_TOO_LARGE"]);
    expect(errors[0].message).toMatch(/^The file takes more than 2048 MiB of memory to read/);
    expect(rowsOf(await (await send("model=classifier", Buffer.from(withRun(1)))).text())).toHaveLength(1);
  });

  it("wants a key of any role, and keeps who asked for how many rows of what in the audit log", async () => {
    expect((await send("model=classifier", FILE, { authorization: "Bearer nobody-nobody-nobody" })).status).toBe(401);
    await service.store.prisma.auditEntry.deleteMany();
    await (await send("model=classifier&output=tsv", FILE)).text();
    await send("model=nobody", FILE);
    const entries = await service.store.prisma.auditEntry.findMany({
      where: { action: "predict" },
      orderBy: { id: "asc" },
    });
    expect(entries.map(({ outcome, details }) => [outcome, details])).toEqual([
      ["OK", { model: "classifier", format: "TSV", rows: 7 }],
      ["NOT_FOUND", { model: "nobody", format: "CSV", rows: 0 }],
    ]);
  });

  it("breaks the connection when it fails in the middle, or says so by lines; a molecule fails alone", async () => {
    const smiles = Array.from({ length: 600 }, (_, row) => `${"C".repeat(row < 520 ? row % 9 : 20)}O`);
    const body = `smiles\n${smiles.join("\n")}\n`;
    const { compute } = service.application;
    const infer = compute.infer.bind(compute);
    const isLong = (ids: Int32Array) => ids.length > 15;
    const spy = vi.spyOn(compute, "infer").mockImplementation(async (of) => {
      if (of.tokenIds.some(isLong)) throw new MaillardError("DEVICE_UNAVAILABLE", "gone");
      return infer(of);
    });
    try {
      await expect(send("model=classifier", body).then((response) => response.text())).rejects.toThrow(TypeError);
      const lines = (await (await send("model=classifier&output=lines", body)).text()).trim().split("\n");
      expect(JSON.parse(lines.at(-1) as string)).toMatchObject({ error: { code: "DEVICE_UNAVAILABLE" } });
      spy.mockImplementation(async (of) => {
        if (of.tokenIds.some(isLong)) throw new MaillardError("COMPUTE_CRASHED", "ended");
        return infer(of);
      });
      const rows = rowsOf(await (await send("model=classifier", `smiles\nCCO\n${body.slice(-400)}`)).text());
      expect(new Set(rows.map(({ error_code: code }) => code))).toEqual(new Set(["", "COMPUTE_CRASHED"]));
    } finally {
      spy.mockRestore();
    }
  });

  it("ends its work when the client leaves", async () => {
    const { compute } = service.application;
    const signals: AbortSignal[] = [];
    let begun: () => void = () => undefined;
    const begins = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const spy = vi.spyOn(compute, "infer").mockImplementation(({ signal }) => {
      signals.push(signal as AbortSignal);
      begun();
      return new Promise((_, reject) => {
        signal?.addEventListener("abort", () => reject(new MaillardError("CANCELLED", "left")), { once: true });
      });
    });
    try {
      const { hostname, port } = new URL(service.url);
      const path = "/predict?model=classifier";
      const sent = request({ hostname, port, path, method: "POST", headers: HEADERS }).on("error", () => undefined);
      sent.end("smiles\nCCO\n");
      await begins;
      sent.destroy();
      if (!signals[0].aborted) await once(signals[0], "abort");
      expect(signals[0].aborted).toBe(true);
    } finally {
      spy.mockRestore();
    }
  });

  it("a client that does not read holds no turn, and loses its place when another needs it", async () => {
    const { application, store } = service;
    const transport = { uploads: 5, uploadWindowMs: 300 };
    const server = await startServer({ application, port: 0, apiKeys: [KEY], transport });
    // More than the buffers of a connection take.
    const body = `smiles,remark\n${`CCO,${"x".repeat(8_000)}\n`.repeat(2_000)}`;
    const head = Object.entries({ ...HEADERS, host: "localhost", "content-length": body.length });
    const lines = head.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    const unread = (output: string) => {
      const socket = connect(server.port, "127.0.0.1").on("error", () => undefined);
      socket.write(`POST /predict?model=classifier&output=${output} HTTP/1.1\r\n${lines}\r\n${body}`);
      return socket;
    };
    const quick = async () => {
      const url = `${server.url}/predict?model=classifier`;
      const response = await fetch(url, { method: "POST", body: "smiles\nCCO\n", headers: HEADERS });
      return [response.status, (await response.text()).split("\n").length];
    };
    const ended = () => store.prisma.auditEntry.count({ where: { action: "predict", outcome: "OVERLOADED" } });
    const files = async () => (await readdir(join(service.home, "uploads")).catch(() => [])).length;
    const sockets = ["csv", "csv", "lines", "lines"].map(unread);
    try {
      await vi.waitUntil(async () => (await files()) === 4, { timeout: 10_000 });
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      expect(await quick()).toEqual([200, 3]);
      expect(await ended()).toBe(0);
      sockets.push(unread("csv"));
      await vi.waitUntil(async () => (await files()) === 5, { timeout: 10_000 });
      await expect.poll(quick, { timeout: 10_000 }).toEqual([200, 3]);
      await expect.poll(ended).toBe(1);
    } finally {
      for (const socket of sockets) socket.destroy();
      await server.close();
    }
  });
});
