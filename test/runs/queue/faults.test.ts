/** Faults that pass: from the system, from another process, and from the database. */
import { expect, it } from "vitest";
import { MaillardError } from "../../../src/errors.js";
import { errorJson } from "../../../src/process/error-json.js";
import { passingFault, waitAfter } from "../../../src/runs/queue/faults.js";
import { databaseAway } from "../../../src/store/sql.js";

const failed = (code: string, fields: object = {}) => Object.assign(new Error(`${code}: /data/file`), { code }, fields);

it.each([
  ["ENOSPC", "DISK_FULL"],
  ["EDQUOT", "DISK_FULL"],
  ["EROFS", "DISK_FULL"],
  ["EIO", "DISK_FULL"],
  ["EMFILE", "OVERLOADED"],
  ["ENFILE", "OVERLOADED"],
])("%s of the system is %s, also across a process, and passes", (code, expected) => {
  const error = failed(code);
  expect(passingFault(error)).toMatchObject({ code: expected, retryable: true, details: { reason: code } });
  const sent = JSON.parse(JSON.stringify(errorJson(error)));
  expect(passingFault(MaillardError.from(sent))).toMatchObject({ code: expected, retryable: true });
  expect(MaillardError.from(error)).toMatchObject({ code: expected });
  expect(sent.message).not.toContain("/data");
});

it("a full disk of the database is DISK_FULL, of the driver and of Prisma", () => {
  const full = failed("53100");
  const ofPrisma = failed("P2010", { meta: { driverAdapterError: failed("DriverAdapterError", { cause: full }) } });
  for (const error of [full, ofPrisma]) {
    expect(databaseAway(error)).toMatchObject({ code: "DISK_FULL", retryable: true });
    expect(passingFault(error)).toMatchObject({ code: "DISK_FULL" });
  }
  expect(passingFault(failed("57P01"))).toMatchObject({ code: "DATABASE_UNAVAILABLE" });
});

it("what would come again does not pass", () => {
  for (const code of ["ENOENT", "EACCES", "EFBIG", "22P02"]) expect(passingFault(failed(code))).toBeNull();
  expect(passingFault(new MaillardError("DISK_FULL", "of the client"))).toBeNull();
  expect(passingFault(new MaillardError("DIVERGED", "x", { retryable: true }))).toBeNull();
});

it("is tried again after a pause that doubles up to five minutes, fifty times", () => {
  expect([0, 1, 2, 6, 49].map(waitAfter)).toEqual([5_000, 10_000, 20_000, 300_000, 300_000]);
  expect(waitAfter(50)).toBeNull();
});
